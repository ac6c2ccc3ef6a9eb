/** Where flock(1) and mkfifo(1) are, whatever PATH init gave us, or an operator in a hurry. */
const ALWAYS = ['/usr/bin', '/bin']

/** Our environment, in which they are found. No part of this PATH is empty, for that would be the working directory. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const given = (process.env['PATH'] ?? '').split(':').filter((directory) => directory !== '')
  return { ...process.env, PATH: [...given, ...ALWAYS].join(':') }
}

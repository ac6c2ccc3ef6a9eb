import { resolve } from 'node:path'

/**
 * The words by which this program is called again: the interpreter with `options` for it and the script, or only the
 * executable, where the interpreter is inside of that. Options of Node cannot be given to such a one.
 */
export function ownProgram(options: readonly string[] = []): readonly string[] {
  if (isSingleExecutable()) return [process.execPath]
  const [, script = ''] = process.argv
  return [process.execPath, ...options, resolve(script)]
}

/** Options of Node for what remembers little and waits for long: less memory, and slower only when it is busy. */
export const FRUGAL: readonly string[] = ['--max-semi-space-size=1', '--optimize-for-size']

/** Whether Node is inside of our own file: `process.execPath` takes no script and no options then. */
export const isSingleExecutable = (): boolean => process.getBuiltinModule('node:sea').isSea()

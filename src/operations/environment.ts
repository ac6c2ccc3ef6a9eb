import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseEnvironmentFile } from '../decide/environment-file.ts'
import type { Definition } from '../definition/definition.ts'
import type { Credentials, Files } from '../host/host.ts'

/** The PATH of a clean environment: that of a login as root, so that start at boot and by hand agree. */
export const CLEAN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The environment of a daemon: clean unless the definition says otherwise, then the user's own variables, then
 * the environment files in their order, then [environment]. systemd.exec(5) has the same order.
 */
export function environmentOf(
  definition: Definition,
  user: Credentials,
  inherited: Readonly<Record<string, string>>,
  files: Files,
): Result<Readonly<Record<string, string>>, Failure> {
  const environment: Record<string, string> = {
    ...(definition.inheritEnvironment ? withoutOurs(inherited) : { PATH: CLEAN_PATH }),
    HOME: user.home,
    USER: user.user,
    LOGNAME: user.user,
    SHELL: user.shell,
    DAEMONCTL_NAME: definition.name,
  }
  for (const file of definition.environmentFiles) {
    const text = files.readTrusted(file.path)
    if (!text.ok) {
      if (text.error.missing && file.optional) continue
      return err(
        failure('not-configured', 'reading environment files', `${file.path}: ${text.error.why}`, {
          remedy: text.error.missing ? `make it, or write "-${file.path}" if it may be missing` : text.error.remedy,
        }),
      )
    }
    const parsed = parseEnvironmentFile(text.value)
    if (!parsed.ok) {
      return err(failure('not-configured', 'reading environment files', `${file.path}:${parsed.error}`))
    }
    Object.assign(environment, parsed.value)
  }
  return ok({ ...environment, ...definition.environment })
}

/** What tells us to whom to say that we are ready and well is no daemon's: it would speak for us. sd_notify(3) */
const withoutOurs = (inherited: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(inherited).filter(([name]) => !OURS.has(name)))

const OURS: ReadonlySet<string> = new Set(['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'])

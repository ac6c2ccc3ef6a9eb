import { posix } from 'node:path'
import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'

export interface DirectoriesView {
  /** Names below /run (below the runtime directory of a user), for RuntimeDirectory=. */
  readonly runtime: readonly string[]
  /** Names below /var/log, for LogsDirectory=. */
  readonly logs: readonly string[]
}

/** Others keep their files there as well: systemd would give it to the user of one daemon. */
const SHARED = new Set(['daemonctl', 'lock', 'user', 'systemd', 'log', 'shm', 'sudo', 'mount', 'udev', 'dbus'])

/**
 * Directories of its own that the daemon needs: systemd makes them, gives them to its user and removes the one below
 * /run after a stop. Where a directory is shared or elsewhere, tmpfiles.d(5) has to make it.
 */
export function directoriesView(
  definition: Definition,
  files: readonly string[],
  options: GenerateOptions,
  losses: Losses,
): DirectoriesView {
  const { pidfile, type } = definition
  const runtime = below('/run', pidfile) ?? below('/var/run', pidfile)
  const isOurs = pidfile.startsWith(`${options.runtimeDirectory}/`)
  if (type !== 'forking' && isOurs) {
    losses.noteDefault('pidfile', 'systemd knows the main PID itself', 'no pidfile is written')
  }
  if (type === 'forking' && runtime === undefined && posix.dirname(pidfile) !== '/run') {
    losses.note('pidfile', `${posix.dirname(pidfile)} must be there`, 'gen-tmpfiles makes it')
  }
  const logs = files.map((path) => below('/var/log', path))
  for (const path of files) {
    const directory = posix.dirname(path)
    // LogsDirectory= is made too late for it: systemd opens the output first.
    if (directory !== '/var/log') {
      losses.note('log.stdout', `${directory} must be there before systemd opens the log`, 'gen-tmpfiles makes it')
    }
  }
  return {
    runtime: runtime === undefined || (type !== 'forking' && isOurs) ? [] : [runtime],
    logs: [...new Set(logs.filter((name) => name !== undefined))],
  }
}

/** The directory of a file as a path below a base, if it is one that can be the daemon's own. */
function below(base: string, path: string): string | undefined {
  const directory = posix.dirname(path)
  if (!directory.startsWith(`${base}/`)) return undefined
  const name = directory.slice(base.length + 1)
  return SHARED.has(name.split('/')[0] ?? '') || !/^[A-Za-z0-9._@/-]+$/.test(name) ? undefined : name
}

import { join } from 'node:path'

/** Where things lie, for root and for a user. file-hierarchy(7), XDG Base Directory Specification */
export interface Directories {
  readonly definitions: string
  /** Pidfiles, records, locks. Gone after a boot. */
  readonly runtime: string
  /** Wishes, history, the last good definitions. */
  readonly state: string
  readonly log: string
  /** Permission bits of directories that are made: others may look into root's, not into a user's. */
  readonly mode: number
}

/** The directories of whoever runs us; a relative XDG path is invalid and ignored, as the specification wants. */
export function directoriesFor(
  uid: number,
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): Directories {
  const root = uid === 0
  const xdg = (name: string, fallback: string): string => {
    const value = environment[name]
    return value?.startsWith('/') === true ? value : fallback
  }
  const state =
    environment['DAEMONCTL_STATE_DIR'] ??
    (root ? '/var/lib/daemonctl' : join(xdg('XDG_STATE_HOME', join(home, '.local/state')), 'daemonctl'))
  const runtimeHome = xdg('XDG_RUNTIME_DIR', '')
  return {
    definitions:
      environment['DAEMONCTL_CONFIG_DIR'] ??
      (root ? '/etc/daemonctl' : join(xdg('XDG_CONFIG_HOME', join(home, '.config')), 'daemonctl')),
    runtime:
      environment['DAEMONCTL_RUNTIME_DIR'] ??
      (root ? SYSTEM_RUNTIME : runtimeHome === '' ? join(state, 'run') : join(runtimeHome, 'daemonctl')),
    state,
    log: environment['DAEMONCTL_LOG_DIR'] ?? (root ? '/var/log/daemonctl' : join(state, 'log')),
    mode: root ? 0o755 : 0o700,
  }
}

/** Where root's pidfiles, records and locks lie. */
export const SYSTEM_RUNTIME = '/run/daemonctl'

/** Where administrators put definitions for everybody. */
export const SYSTEM_DEFINITIONS = '/etc/daemonctl'

/** The file that a project keeps its definitions in. */
export const PROJECT_FILE = 'daemonctl.toml'

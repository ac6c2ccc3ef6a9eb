/** What is asked of a boot file beside the definition. Each target looks at what concerns it. */
export interface GenerateOptions {
  /** Put the loss report into the file, as comments. */
  readonly comments: boolean
  /** Where the definition says nothing of pidfile and log: what is in these is daemonctl's own. */
  readonly runtimeDirectory: string
  readonly logDirectory: string
  /** The unit is to be read by this version of systemd. */
  readonly systemdVersion: number
  readonly hardening: Hardening
  /** Directories that a strictly confined daemon may write, beside those that its definition names. */
  readonly writable: readonly string[]
  /** For the manager of a user, not of the system. */
  readonly userManager: boolean
  /** journal, files as the definition says, or (auto) files only where the definition names them. */
  readonly logTo: 'auto' | 'journal' | 'files'
  /** The daemon says RELOADING=1. sd_notify(3) */
  readonly notifyReload: boolean
}

export const HARDENINGS = ['none', 'safe', 'strict'] as const
export type Hardening = (typeof HARDENINGS)[number]

/** Debian 12's. */
const COMMON_SYSTEMD = 252

export const DEFAULT_OPTIONS: GenerateOptions = {
  comments: false,
  runtimeDirectory: '/run/daemonctl',
  logDirectory: '/var/log/daemonctl',
  systemdVersion: COMMON_SYSTEMD,
  hardening: 'safe',
  writable: [],
  userManager: false,
  logTo: 'auto',
  notifyReload: false,
}

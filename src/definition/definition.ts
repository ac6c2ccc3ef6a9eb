import type { Milliseconds } from '../base/duration.ts'
import type { Bytes } from '../base/size.ts'
import type { SignalName } from '../base/signals.ts'
import type { StopSchedule } from './stop-schedule.ts'

/**
 * The effective definition of one daemon (of one instance, where there are several): every
 * path absolute, every default filled in, every text form parsed. Nothing after this type
 * knows that there was TOML.
 *
 * A key that may be absent is `undefined` here, never a magic value.
 */
export interface Definition {
  /** `importer` or `importer@3`. Letters, digits and `. _ - @`, at most 100; begins with a letter or digit. */
  readonly name: string
  /** The 3 of `importer@3`. */
  readonly instance: string | undefined
  readonly description: string | undefined
  readonly command: Command
  readonly type: DaemonType
  readonly pidfile: string
  /** The program file that the main process must be executing. Default: undefined, see `expectedExecutable`. */
  readonly executable: string | undefined
  readonly directory: string
  readonly user: string | undefined
  readonly group: string | undefined
  /** 0o000 to 0o777. */
  readonly umask: number
  /** -20 to 19; undefined: as daemonctl's own. */
  readonly nice: number | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly environmentFiles: readonly EnvironmentFile[]
  readonly inheritEnvironment: boolean
  readonly configTest: Command | undefined
  /** The subsystem lock of old init scripts (/var/lock/subsys/NAME), made after a start and removed after a stop. */
  readonly lockFile: string | undefined
  readonly log: LogSettings
  readonly start: StartSettings
  readonly stop: StopSettings
  readonly reload: ReloadSettings
  readonly respawn: RespawnSettings
  readonly health: HealthSettings | undefined
  readonly hooks: Hooks
  readonly limits: Readonly<Partial<Record<LimitName, Limit>>>
  readonly actions: Readonly<Record<string, Action>>
  readonly metrics: MetricsSource | undefined
  readonly boot: BootSettings
}

/** simple: daemonctl detaches it; forking: it detaches itself; notify: as simple, and it says READY=1. sd_notify(3) */
export type DaemonType = 'simple' | 'forking' | 'notify'

/** A program and its arguments; `shell` only where the definition asks for one. */
export interface Command {
  /** At least one element; the first is a path or a name to look up in PATH. */
  readonly argv: readonly string[]
  /** Set with `shell = true`: argv is then ["/bin/sh", "-c", TEXT]. */
  readonly shell: boolean
}

export interface EnvironmentFile {
  readonly path: string
  /** Written with a leading "-": a missing file is no error. systemd.exec(5), EnvironmentFile= */
  readonly optional: boolean
}

export interface LogSettings {
  /** A file, nothing at all ("null"), or who else keeps it. */
  readonly stdout: LogTarget
  readonly stderr: LogTarget
  /** 0o600 to 0o666 as the permission bits of a new log file. */
  readonly mode: number
  readonly maxSize: Bytes | undefined
  readonly maxAge: Milliseconds | undefined
  readonly maxTotal: Bytes | undefined
  /** How many archives are kept. */
  readonly keep: number
  readonly compress: 'none' | 'gzip' | 'zstd'
  /** The signal by which the daemon opens its logs again. */
  readonly reopenSignal: SignalName | undefined
  readonly capture: boolean
  readonly overflow: 'block' | 'drop'
  /** With drop: so much may wait to be written before anything is dropped. */
  readonly buffer: Bytes
  readonly format: 'plain' | 'timestamps' | 'json'
  readonly level: LogLevel
  /** Before each line; "": nothing. */
  readonly prefix: string
  readonly rateLimit: RateLimit | undefined
}

/** Of more lines than these within the interval the rest is left out. */
export interface RateLimit {
  readonly lines: number
  readonly interval: Milliseconds
}

/** Who keeps captured output instead of a file. stdout: that of whoever started the daemon, such as the watcher. */
export type LogKeeper = 'syslog' | 'journald' | 'stdout'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'off'

export type LogTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'null' }
  | { readonly kind: 'same-as-stdout' }
  | { readonly kind: 'passed-on'; readonly to: LogKeeper }

export interface StartSettings {
  readonly timeout: Milliseconds
  /** undefined: alive after a settling time. */
  readonly ready: Probe | undefined
  /** A daemon without a readiness probe has started when it has been quiet for this long (see decide/settling.ts). */
  readonly settle: Milliseconds
  /** Statuses of a forking daemon's launcher that count as success; a living daemon wins over any status. */
  readonly launcherExit: readonly number[]
}

export interface StopSettings {
  readonly schedule: StopSchedule
  /** Run first where given; the schedule follows if it does not end the daemon. */
  readonly command: Command | undefined
  /** How long `command` may take, and the daemon to end after it. */
  readonly timeout: Milliseconds
  /** all: the main process first, then all that belongs to the daemon; main: only the main process (sshd, cron). */
  readonly killMode: 'all' | 'main'
}

export interface ReloadSettings {
  readonly by:
    /** assumed: the definition does not say so, it is what daemons are used to. */
    | { readonly kind: 'signal'; readonly signal: SignalName; readonly assumed?: true }
    | { readonly kind: 'command'; readonly command: Command }
    | { readonly kind: 'none' }
  readonly timeout: Milliseconds
  /** Wait after the reload until the readiness probe succeeds again. */
  readonly wait: boolean
}

export interface RespawnSettings {
  readonly policy: 'never' | 'on-failure' | 'always'
  readonly delay: Milliseconds
  readonly factor: number
  readonly maxDelay: Milliseconds
  /** 0 to 1: the share of the delay that is left to chance. */
  readonly jitter: number
  readonly resetAfter: Milliseconds
  readonly burst: number
  readonly interval: Milliseconds
  readonly coolDown: Milliseconds
  readonly giveUp: boolean
  /** Exit statuses that count as success besides 0. */
  readonly successExit: readonly number[]
  /** Exit statuses after which there is no respawn at all. */
  readonly preventExit: readonly number[]
  /** With instances: what the end of one does. */
  readonly onExit: 'respawn' | 'stop-all'
}

export interface HealthSettings {
  readonly probe: Probe | undefined
  readonly interval: Milliseconds
  readonly timeout: Milliseconds
  readonly failures: number
  readonly successes: number
  readonly startPeriod: Milliseconds
  readonly maxRss: Bytes | undefined
  readonly maxAge: Milliseconds | undefined
}

/** How readiness or health is asked. */
export type Probe =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string }
  /** The file exists (readiness); it is not older than `maxAge` (health). */
  | { readonly kind: 'file'; readonly path: string; readonly maxAge: Milliseconds | undefined }
  /** A line of the daemon's log, written since the start, matches (source of a JavaScript RegExp). */
  | { readonly kind: 'log'; readonly pattern: string }
  | { readonly kind: 'command'; readonly command: Command }
  /** A line written to this inherited descriptor (3 to 7), as s6 has it. */
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'notify' }
  | { readonly kind: 'delay'; readonly delay: Milliseconds }

export const HOOK_NAMES = [
  'pre-start',
  'post-start',
  'pre-stop',
  'post-stop',
  'pre-reload',
  'on-failure',
  'on-recovery',
] as const
export type HookName = (typeof HOOK_NAMES)[number]

export interface Hooks {
  readonly commands: Readonly<Partial<Record<HookName, Command>>>
  readonly timeout: Milliseconds
}

/** getrlimit(2), in lower case and without RLIMIT_. */
export const LIMIT_NAMES = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const
export type LimitName = (typeof LIMIT_NAMES)[number]

export interface Limit {
  readonly soft: number | 'unlimited'
  readonly hard: number | 'unlimited'
}

export type Action =
  | { readonly kind: 'signal'; readonly signal: SignalName; readonly description: string | undefined }
  | {
      readonly kind: 'command'
      readonly command: Command
      readonly timeout: Milliseconds
      readonly description: string | undefined
    }

export interface MetricsSource {
  readonly from:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'http'; readonly url: string }
    | { readonly kind: 'command'; readonly command: Command }
    | { readonly kind: 'file'; readonly path: string }
  readonly format: 'auto' | 'lines' | 'json' | 'prometheus'
  readonly interval: Milliseconds
  readonly timeout: Milliseconds
}

export interface BootSettings {
  readonly after: readonly string[]
  readonly requires: readonly string[]
  readonly wantedBy: readonly string[]
  /** sysvinit run levels, chkconfig's order numbers. */
  readonly runlevels: string
  readonly startPriority: number
  readonly stopPriority: number
}

import type { Identity } from './identity.ts'
import type { EpochMilliseconds } from './process-facts.ts'

/**
 * What daemonctl knows of a daemon that it started or proved once: the identity that a pidfile cannot give.
 * It lies in the runtime directory, where only its owner may write.
 */
export interface DaemonRecord {
  readonly version: 1
  readonly name: string
  readonly pidfile: string
  readonly main: Identity
  /**
   * launching: `main` is the launcher of a forking daemon, whose own main process is not known yet.
   * running: `main` is the daemon.
   * ending: `main` is the daemon, and has been told to end; whether it has is to be seen.
   */
  readonly phase: 'launching' | 'running' | 'ending'
  /** The program file of the main process, as far as it could be seen. */
  readonly executable: string | undefined
  readonly uid: number
  /** The session made for the daemon, if it is the daemon's alone. setsid(2) */
  readonly session: Session | undefined
  /** The cgroup made for the daemon, as an absolute path. */
  readonly cgroup: string | undefined
  /** The value of DAEMONCTL_ID in the environment of everything that this start began. */
  readonly token: string | undefined
  /** The stamp of the pidfile when it was last seen to name `main`: while it lasts, the file need not be read. */
  readonly pidfileStamp: string | undefined
  /** Hash of the effective definition it was started with. */
  readonly definitionHash: string | undefined
  /** It was told to say WATCHDOG=1, how often and where. sd_notify(3) */
  readonly pings?: boolean
  /** It was given a place at which it is heard for as long as it runs. sd_notify(3) */
  readonly speaks?: boolean
  /** When this record was written. */
  readonly at: EpochMilliseconds
}

export interface Session {
  readonly id: number
  /** Start time of the session's leader, to tell it from a later session of the same number. */
  readonly leaderStartTime: number
}

export type RecordReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'read'; readonly record: DaemonRecord }

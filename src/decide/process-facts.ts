/** Wall clock time in milliseconds since 1970. */
export type EpochMilliseconds = number

/** What the kernel says of one process at one moment. proc_pid_stat(5), proc_pid_status(5) */
export interface ProcessFacts {
  readonly pid: number
  /** Clock ticks since the boot: the second half of an identity. */
  readonly startTime: number
  /** `startTime` by the wall clock as it is now set. */
  readonly startedAt: EpochMilliseconds
  /** R, S, D, T, t, Z, X, I: proc_pid_stat(5), field 3. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** The device number of the controlling terminal; 0: none. */
  readonly terminal: number
  /** The command name of at most 15 bytes. Untrusted: a program may set it to anything. */
  readonly name: string
}

/** What is read of one process only, because reading it of all would be slow. */
export interface ProcessDetail extends ProcessFacts {
  /** Real and effective user. */
  readonly uid: number
  readonly effectiveUid: number
  /** The program file being executed; undefined where we may not see it. "(deleted)" is taken off. */
  readonly executable: string | undefined
  /** Those that have a handler, or are waited for without one (sigwait, signalfd). Bit N-1 is set for signal N. */
  readonly caughtSignals: bigint
  readonly ignoredSignals: bigint
}

/** What a process is told from others by, each read when it is looked at; of one that has ended it says nothing. */
export interface ProcessLooks {
  /** Empty for kernel threads and zombies. Untrusted: a program may write over it. proc_pid_cmdline(5) */
  readonly argv: readonly string[]
  /** Real and effective user, real group. */
  readonly uid: number
  readonly effectiveUid: number
  readonly gid: number
  readonly executable: string | undefined
}

/** What can be learned about a PID. */
export type ProcessReading =
  | { readonly kind: 'none' }
  /** It lives (kill(2) said EPERM), but its facts are hidden from us (hidepid). */
  | { readonly kind: 'hidden'; readonly pid: number }
  | { readonly kind: 'seen'; readonly process: ProcessDetail }

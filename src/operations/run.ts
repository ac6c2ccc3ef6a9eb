import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import type { Definition } from '../definition/definition.ts'
import type { Identity } from '../decide/identity.ts'
import type { Expectation } from '../decide/observation.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { PidfileReading } from '../decide/pidfile.ts'
import type { DaemonRecord } from '../decide/record.ts'
import type { Credentials, Exit, GatedProcess, HeldLock, Host, LogPosition } from '../host/host.ts'

/** One daemon as an operation sees it: its definition and by what key its record, wish, lock and history are kept. */
export interface Subject {
  readonly definition: Definition
  readonly key: string
  /** --exec or --user demand something of its main process, whatever its record says. */
  readonly demanding: boolean
  /** What its main process must look like: found out when a pidfile has to convince without a record. */
  expected(): Expectation
  /** Hash of the effective definition, for the record: computed when it is asked for. */
  hash(): string
}

/** Told what is going on; cli/ shows it on a terminal. */
export interface Progress {
  /** What is waited for now, and until when at most. */
  waiting(what: string, since: Milliseconds, within: Milliseconds): void
  /** Something odd that does not stop the work. */
  warn(text: string): void
}

/** The state of one verb on one daemon while its steps are performed. */
export interface Run {
  readonly host: Host
  readonly subject: Subject
  readonly lock: HeldLock
  readonly progress: Progress
  /** The pidfile as it was when the plan was made. */
  readonly judged: PidfileReading
  /** The daemon's main process, as soon and as long as it is known. */
  main: Identity | undefined
  record: DaemonRecord | undefined
  /** The process launched in this run, until it is let go. */
  launched: Launched | undefined
  /** What it says of a reload or of its end, while that is under way. */
  hearing?: ReloadHearing
  /** How the main process ended, if this run saw it. */
  exit: Exit | undefined
  /** Something of the daemon was killed for lack of memory while it ended. */
  outOfMemory: boolean
  /** A look at everything of it has found nothing left. */
  gone: boolean
  /** The last signal that was needed to end it. */
  lastSignal: string | undefined
}

export interface Launched {
  readonly gated: GatedProcess
  /** Since when, by the monotonic clock. */
  readonly at: Milliseconds
  /** The same moment by the wall clock, as files are dated. */
  readonly since: EpochMilliseconds
  readonly credentials: Credentials | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Where its log ended before it was started. */
  readonly log: LogPosition | undefined
  /** How it ended, once it has. */
  exit: Exit | undefined
}

/** What a daemon says by sd_notify(3) since a reload or its end was begun. */
export interface ReloadHearing {
  /** READY=1, of this reload. */
  readonly ready: Promise<void>
  /** RELOADING=1 */
  isReloading(): boolean
  /** MAINPID= */
  mainPid(): number | undefined
  /** Until when, by the monotonic clock, it has asked to be waited for; 0: it has not. */
  patience(): Milliseconds
  /** Hears what has been said already. */
  listen(): void
  close(): void
}

/** Performing a step fails with a reason and stage, or goes on. */
export type StepOutcome = { readonly ok: true; readonly value: void } | { readonly ok: false; readonly error: Failure }

import type { PidfileReading } from './pidfile.ts'
import type { EpochMilliseconds, ProcessFacts, ProcessReading } from './process-facts.ts'
import type { RecordReading } from './record.ts'

/** Facts about one daemon, gathered at one moment. Gathering decides nothing. */
export interface Observation {
  readonly at: EpochMilliseconds
  readonly bootId: string
  /** When this boot began, by the wall clock as it is now set. */
  readonly bootedAt: EpochMilliseconds
  readonly self: { readonly pid: number; readonly uid: number }
  readonly pidfile: PidfileReading
  /** The process of the PID in the pidfile. */
  readonly pidfileProcess: ProcessReading
  readonly record: RecordReading
  /** The process of the PID in the record. */
  readonly recordProcess: ProcessReading
  /** Living processes that are proven to belong to the recorded daemon, its main process aside. */
  readonly members: readonly ProcessFacts[]
  readonly lockFile: boolean
}

/** What a definition or flags say about the main process. */
export interface Expectation {
  /** The main process must execute this file: `executable`, --exec. */
  readonly executable: string | undefined
  /** The main process probably executes this file: the command's first word. Proves, but its absence disproves nothing. */
  readonly likelyExecutable: string | undefined
  /** The main process must run as this user. */
  readonly uid: number | undefined
  /** It was demanded with --exec or --user: then even a process on record must be like that. */
  readonly demanded: boolean
}

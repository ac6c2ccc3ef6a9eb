import type { Milliseconds } from '../base/duration.ts'
import type { Criteria, Self } from '../decide/pattern/criteria.ts'
import type { KnownDaemon, PatternPolicy } from '../decide/pattern/state.ts'
import type { Command } from '../definition/definition.ts'

/** What is to be watched, and what is done when it is gone. Every path is absolute. */
export interface PatternOrder {
  /** Under which its memory and its lock are filed. */
  readonly key: string
  readonly criteria: Criteria
  /** The compiled pattern. */
  readonly matches: RegExp
  readonly pidfile: string | undefined
  /** The daemon of that pidfile, whether or not daemonctl has ever started it. */
  readonly daemon: KnownDaemon | undefined
  readonly self: Self
  readonly recovery: Command
  readonly recoveryTimeout: Milliseconds
  /** Ends with 0 if it was stopped on purpose. */
  readonly stoppedIf: Command | undefined
  /** Of both commands. */
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly umask: number
  /** Where the output of recoveries goes; undefined: nowhere. */
  readonly log: string | undefined
  readonly policy: PatternPolicy
}

import type { Milliseconds } from '../../base/duration.ts'
import type { SignalName } from '../../base/signals.ts'
import type { Exit } from '../exit.ts'
import type { ProcessFacts } from '../process-facts.ts'

/** What can be seen of the daemon from outside at one moment. */
export interface Sight {
  /** The process of its pidfile, or of its unit; where there is neither, the first of its processes. */
  readonly main: ProcessFacts | undefined
  /** Everything of it, the main process included. */
  readonly members: readonly ProcessFacts[]
  /** Those of them that no other of them began: more than before are a second copy. */
  readonly roots: readonly ProcessFacts[]
  readonly pidfile: 'there' | 'none' | 'not-known'
}

/** A process of ours that has nothing to do with the daemon, but looks as if. */
export interface StrangerSight {
  readonly role: 'foreign' | 'namesake'
  readonly pid: number
  readonly alive: boolean
  /** What it has got since the last look. */
  readonly signals: readonly SignalName[]
}

/** One action of the script: what it was, what it said, and the world before and after. */
export interface Seen {
  readonly exit: Exit
  readonly took: Milliseconds
  /** It was made to end: its time was over. */
  readonly timedOut: boolean
  /** Somebody held its output open when it had long ended. */
  readonly outputHeld: boolean
  readonly output: readonly string[]
  readonly before: Sight
  /** Right after an action that takes down; otherwise when things have settled. */
  readonly after: Sight
  readonly strangers: readonly StrangerSight[]
  /** An action that is optional was answered as one that the script does not have, now or earlier. */
  readonly offered: boolean
}

export const isUp = (sight: Sight): boolean => sight.main !== undefined

export const isSame = (one: ProcessFacts | undefined, other: ProcessFacts | undefined): boolean =>
  one !== undefined && other !== undefined && one.pid === other.pid && one.startTime === other.startTime

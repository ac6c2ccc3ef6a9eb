import type { Milliseconds } from '../../base/duration.ts'
import type { RespawnSettings } from '../../definition/definition.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import type { Tally } from '../watch/tally.ts'
import type { Family } from './family.ts'
import type { Telling } from './telling.ts'

/** How a pattern is watched. All moments in these files are of the monotonic clock. */
export interface PatternPolicy {
  /** How often is looked while nothing matches. */
  readonly interval: Milliseconds
  /** So long nothing must match before there is a recovery: a restart by hand has no process for a moment. */
  readonly grace: Milliseconds
  /** So long after the end of a recovery something may begin to match. */
  readonly settle: Milliseconds
  /** Of [respawn]: delay, factor, max-delay, reset-after. */
  readonly respawn: RespawnSettings
}

/** What a look has found. */
export type Sight =
  | {
      readonly kind: 'matched'
      readonly main: Identity
      readonly name: string
      /** When it started. */
      readonly since: Milliseconds
      /** How many match, it included. */
      readonly count: number
      readonly family: Family
      /** The daemon of ours that it is. */
      readonly daemon: KnownDaemon | undefined
    }
  | {
      readonly kind: 'none'
      /** Who has stopped it on purpose; undefined: nobody. */
      readonly stopped: string | undefined
      /** What the last one has left, and still matches. */
      readonly leftovers: readonly number[]
    }

export type Matched = Extract<Sight, { readonly kind: 'matched' }>

export interface KnownDaemon {
  readonly key: string
  readonly name: string
}

/** What outlives the watcher. */
export interface PatternMemory {
  readonly tally: Tally
  /** No recovery before. */
  readonly heldUntil: Milliseconds | undefined
  /** The last one that matched. */
  readonly family: Family | undefined
  readonly daemon: KnownDaemon | undefined
}

export interface PatternState {
  readonly phase: PatternPhase
  readonly tally: Tally
  readonly family: Family | undefined
  readonly daemon: KnownDaemon | undefined
}

export type PatternPhase =
  /** A look is under way. `confirming`: it is the second one, after which there is a recovery. `fresh`: nothing is remembered. */
  | {
      readonly kind: 'looking'
      readonly confirming: boolean
      readonly heldUntil: Milliseconds | undefined
      readonly fresh: boolean
    }
  /** `heldUntil`: it has come by itself, while a recovery was held back; if it goes at once, it was not what is meant. */
  | { readonly kind: 'matched'; readonly match: Matched; readonly heldUntil: Milliseconds | undefined }
  | {
      readonly kind: 'missing'
      readonly until: Milliseconds
      readonly heldUntil: Milliseconds | undefined
      readonly fresh: boolean
    }
  | { readonly kind: 'recovering'; readonly since: Milliseconds }
  /** The recovery has ended: has it changed anything? */
  | {
      readonly kind: 'proving'
      readonly until: Milliseconds
      readonly lookAt: Milliseconds
      readonly pause: Milliseconds
    }
  | { readonly kind: 'backing-off'; readonly until: Milliseconds; readonly lookAt: Milliseconds }
  | { readonly kind: 'stopped'; readonly why: string; readonly lookAt: Milliseconds }

export type PatternEvent = { readonly at: Milliseconds } & (
  | { readonly on: 'looked'; readonly sight: Sight }
  | { readonly on: 'ended'; readonly main: Identity; readonly exit: Exit }
  | { readonly on: 'recovered'; readonly outcome: RecoveryOutcome }
  | { readonly on: 'due' }
)

export interface RecoveryOutcome {
  readonly exit: Exit
  /** It did not end in time, and was ended. */
  readonly timedOut: boolean
  /** Why it could not be run at all. */
  readonly unable: string | undefined
}

export type PatternEffect =
  | { readonly do: 'look' }
  | { readonly do: 'recover' }
  | { readonly do: 'tell'; readonly what: Telling }
  /** Write down what is to be remembered. */
  | { readonly do: 'remember' }

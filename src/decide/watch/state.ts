import type { Milliseconds } from '../../base/duration.ts'
import type { HealthSettings, HookName, RespawnSettings } from '../../definition/definition.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import type { Want } from '../plan/step.ts'
import type { Tally } from './tally.ts'
import type { Telling } from './telling.ts'

/** All that the watcher knows of one daemon. `want` is what the operator wishes, `phase` is what is. */
export interface Watched {
  readonly want: Want
  /** The operator has said: leave it alone, whatever happens. */
  readonly paused: boolean
  readonly phase: Phase
  readonly tally: Tally
  /** The last process of it that has ended: a look that was overtaken by its end is no news. */
  readonly gone: Identity | undefined
  /** State of the generator of jitter: the same state and events give the same delays. */
  readonly seed: number
}

/** Exactly what belongs to each phase: an identity where a process is, a moment where something is awaited. */
export type Phase =
  | Looking
  | { readonly kind: 'down'; readonly why: DownWhy; readonly exit: Exit | undefined }
  /** `wished`: since the start was decided, an operator has asked for one. */
  | { readonly kind: 'starting'; readonly wished: boolean }
  | Up
  | { readonly kind: 'ending'; readonly because: EndReason; readonly main: Identity }
  | Held
  | Unclear

/** Being looked at. */
export interface Looking {
  readonly kind: 'looking'
  /** What was known of it before. */
  readonly before: RememberedPhase | undefined
  /** An operator has wished it down since: what is found running is to be ended. */
  readonly toEnd: boolean
  /** Why it was unclear when people were last told so: they are not told again. */
  readonly told: string | undefined
}

/** It cannot be told whether it runs, or it could not be ended: looked at again at `until`. */
export interface Unclear {
  readonly kind: 'unclear'
  readonly until: Milliseconds
  readonly why: string
  /** What was known of it before. */
  readonly before: RememberedPhase | undefined
}

export interface Up {
  readonly kind: 'up'
  readonly main: Identity
  /** Since when it runs, as far as known. */
  readonly since: Milliseconds
  /** Probes that failed and succeeded in a row. */
  readonly failed: number
  readonly succeeded: number
  readonly healthy: boolean
  /** When to ask next, if its policy has something to ask; undefined: it is being asked. */
  readonly probeAt: Milliseconds | undefined
  /** What it promises to say of itself; undefined: it was not asked to, or nobody listens. */
  readonly pings: Pings | undefined
}

/** That it says WATCHDOG=1. sd_notify(3) */
export interface Pings {
  /** By when next. */
  readonly by: Milliseconds
  /** How often at least. */
  readonly every: Milliseconds
  /** It has said that it ends. */
  readonly leaving?: true
}

/** Wants to be up, and waits. */
export type Held =
  | { readonly kind: 'backing-off'; readonly until: Milliseconds; readonly exit: Exit }
  | { readonly kind: 'cooling-down'; readonly until: Milliseconds; readonly exit: Exit }

/** What a watcher leaves behind for the watcher after it; "up": it ran, and nobody has seen it end. */
export type RememberedPhase =
  Extract<Phase, { kind: 'backing-off' | 'cooling-down' | 'down' }> | { readonly kind: 'up' }

export type DownWhy =
  /** The operator stopped it. */
  | 'stopped'
  /** It ended while it was not to be watched. */
  | 'paused'
  /** It ended, and its policy is content with that. */
  | 'finished'
  /** It ended with a status of `prevent-exit`. */
  | 'prevented'
  /** The burst limit was hit, and `give-up` is set. */
  | 'given-up'

/** The kernel killed something of it for lack of memory: it says so of a cgroup. cgroups(7), memory.events */
export type EndCause = 'out-of-memory'

export type EndReason = 'wished' | 'unhealthy' | 'too-big' | 'too-old'

/** What has happened. `at` is of the monotonic clock. */
export type WatchEvent = { readonly at: Milliseconds } & (
  | { readonly on: 'wished'; readonly want: Want; readonly paused: boolean }
  /** Its record or its pidfile was changed by somebody else. */
  | { readonly on: 'touched' }
  | { readonly on: 'observed'; readonly as: Sight }
  /** A respawn has come to its end: it runs. `launched`: by us, and not by another before us. */
  | { readonly on: 'started'; readonly main: Identity; readonly since: Milliseconds; readonly launched: boolean }
  | { readonly on: 'start-failed'; readonly why: string; readonly exit: Exit }
  /** Under its lock the wish was found to be "down": nothing was started. */
  | { readonly on: 'unwanted' }
  /** `asked`: a verb of somebody else (a restart) is at work, and has ended it. */
  | {
      readonly on: 'ended'
      readonly main: Identity
      readonly exit: Exit
      readonly asked: boolean
      /** What is known of why, besides how. */
      readonly cause?: EndCause | undefined
    }
  | { readonly on: 'end-done'; readonly exit: Exit }
  | { readonly on: 'end-failed'; readonly why: string }
  | { readonly on: 'probed'; readonly main: Identity; readonly finding: Finding }
  | { readonly on: 'said'; readonly main: Identity; readonly word: Word }
  /** The next deadline of `nextDeadline` has come. */
  | { readonly on: 'due' }
)

export type Sight =
  | { readonly kind: 'running'; readonly main: Identity; readonly since: Milliseconds }
  | { readonly kind: 'down' }
  | { readonly kind: 'unclear'; readonly why: string }

export type Finding =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'failing'; readonly why: string }
  /** It uses more memory than `max-rss`. */
  | { readonly kind: 'too-big'; readonly rss: number }

/** What a daemon says of its health by itself. sd_notify(3) */
export type Word =
  /** Nothing yet: it was told where to say it, and is listened to from now on. */
  | { readonly kind: 'listening' }
  /** WATCHDOG=1 */
  | { readonly kind: 'well' }
  /** WATCHDOG=trigger: it asks to be ended and started again. */
  | { readonly kind: 'ill' }
  /** STOPPING=1: it ends, and has other things to do than to say that it is well. */
  | { readonly kind: 'leaving' }
  /** EXTEND_TIMEOUT_USEC=: what it is doing takes so long from now on. */
  | { readonly kind: 'longer'; readonly by: Milliseconds }
  /** WATCHDOG_USEC=: from now on it says so that often; undefined: no more. */
  | { readonly kind: 'every'; readonly every: Milliseconds | undefined }

/** What is to be done. Its outcome comes back as an event. */
export type Effect =
  /** → observed */
  | { readonly do: 'observe' }
  /** Start it if it does not run and is not wished down → started, start-failed, unwanted */
  | { readonly do: 'respawn' }
  /** End it by its stop schedule → end-done, end-failed */
  | { readonly do: 'end'; readonly because: EndReason; readonly main: Identity }
  /** → probed, unless the process is no longer up by then */
  | { readonly do: 'probe'; readonly main: Identity }
  | { readonly do: 'hook'; readonly hook: Extract<HookName, 'on-failure' | 'on-recovery'> }
  /** `on-exit = "stop-all"`: the other instances are to end as well. */
  | { readonly do: 'stop-siblings' }
  | { readonly do: 'tell'; readonly what: Telling }

export interface Policy {
  readonly respawn: RespawnSettings
  readonly health: HealthSettings | undefined
}

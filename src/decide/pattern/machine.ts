import type { Milliseconds } from '../../base/duration.ts'
import { unreachable } from '../../base/result.ts'
import { countFailure, NO_TALLY, type Tally } from '../watch/tally.ts'
import type {
  Matched,
  PatternEffect,
  PatternEvent,
  PatternMemory,
  PatternPhase,
  PatternPolicy,
  PatternState,
  RecoveryOutcome,
  Sight,
} from './state.ts'
import type { Telling } from './telling.ts'

/** The first look after a recovery is at once, the next after this, each further one after twice the time. */
const PROVING_PAUSE: Milliseconds = 50

export interface PatternStep {
  readonly state: PatternState
  readonly effects: readonly PatternEffect[]
}

/**
 * The decision about one pattern: pure, total and deterministic. What is not in the table leaves the phase as it is.
 *
 *   phase        event      to           effects                  why
 *   -----------  ---------  -----------  -----------------------  ---------------------------------------------------
 *   looking      looked     matched      tell, remember           something matches
 *   looking      looked     stopped      tell, remember           nothing does, and somebody wants it so
 *   looking      looked     missing                               nothing does: it may be on its way
 *   looking      looked     recovering   tell, remember, recover  nothing did for the time of grace, or after a delay
 *   looking      looked     backing-off  tell, remember           it did not stay; or an earlier watcher waited
 *   missing      due        looking      look                     the time of grace is over
 *   missing      looked     matched      tell, remember           it was restarted by somebody
 *   missing      looked     stopped      tell, remember
 *   matched      ended      looking      tell, look               the kernel says so
 *   recovering   recovered  proving      tell, look               the recovery has ended, or has been ended
 *   proving      due        proving      look                     not yet: again, soon
 *   proving      looked     matched      tell, remember           it has helped
 *   proving      looked     stopped      tell, remember
 *   proving      looked     backing-off  tell, remember           it has changed nothing
 *   backing-off  due        backing-off  look                     every interval
 *   backing-off  due        looking      look                     the delay is over
 *   backing-off  looked     matched      tell, remember           it came by itself
 *   backing-off  looked     stopped      tell, remember
 *   stopped      due        stopped      look                     every interval
 *   stopped      looked     stopped                               still
 *   stopped      looked     missing                               nobody wants it stopped any more
 *   stopped      looked     matched      tell, remember           somebody has started it
 */
export function stepPattern(state: PatternState, event: PatternEvent, policy: PatternPolicy): PatternStep {
  switch (event.on) {
    case 'looked':
      return looked(state, event.sight, event.at, policy)
    case 'ended':
      return ended(state, event, policy)
    case 'recovered':
      return recovered(state, event.outcome, event.at, policy)
    case 'due':
      return due(state, event.at, policy)
    default:
      return unreachable(event)
  }
}

export function beginPattern(memory: PatternMemory | undefined): PatternStep {
  return {
    state: {
      phase: { kind: 'looking', confirming: false, heldUntil: memory?.heldUntil, fresh: memory === undefined },
      tally: memory?.tally ?? NO_TALLY,
      family: memory?.family,
      daemon: memory?.daemon,
    },
    effects: [{ do: 'look' }],
  }
}

/** The one moment that is waited for; undefined: nothing but events. While something matches no clock runs. */
export function patternDeadline({ phase }: PatternState): Milliseconds | undefined {
  switch (phase.kind) {
    case 'looking':
    case 'matched':
    case 'recovering':
      return undefined
    case 'missing':
      return phase.until
    case 'proving':
    case 'stopped':
      return phase.lookAt
    case 'backing-off':
      return Math.min(phase.until, phase.lookAt)
  }
}

/** For a single look: what came of it. Undefined: that is not decided yet. */
export function patternVerdict({ phase }: PatternState): 'matched' | 'stopped' | 'missing' | undefined {
  switch (phase.kind) {
    case 'matched':
      return 'matched'
    case 'stopped':
      return 'stopped'
    case 'backing-off':
      return 'missing'
    case 'looking':
    case 'missing':
    case 'recovering':
    case 'proving':
      return undefined
  }
}

export const memoryOf = ({ phase, tally, family, daemon }: PatternState): PatternMemory => ({
  tally,
  heldUntil: heldIn(phase),
  family,
  daemon,
})

function looked(state: PatternState, sight: Sight, at: Milliseconds, policy: PatternPolicy): PatternStep {
  const { phase } = state
  // A look from before: the recovery's own processes must not be taken for what it is to bring about.
  if (phase.kind === 'recovering') return stay(state)
  if (sight.kind === 'matched') return phase.kind === 'matched' ? stay(state) : matched(state, sight, at, policy)
  // What matched when it was looked at has been seen since: its end is told by the kernel.
  if (phase.kind === 'matched') return stay(state)
  if (sight.stopped !== undefined) return stopped(state, sight.stopped, at, policy)
  switch (phase.kind) {
    case 'looking':
      return nothing(state, phase, sight.leftovers, at, policy)
    case 'proving':
      return at >= phase.until ? inVain(state, at, policy, sight.leftovers) : stay(state)
    case 'stopped':
      return missing({ ...state, tally: NO_TALLY }, at, policy, { heldUntil: undefined, fresh: true })
    case 'missing':
    case 'backing-off':
      return stay(state)
  }
}

function matched(state: PatternState, match: Matched, at: Milliseconds, policy: PatternPolicy): PatternStep {
  const { phase } = state
  const tally = phase.kind === 'stopped' ? NO_TALLY : rested(state.tally, at - match.since, policy)
  const recovered = phase.kind === 'proving'
  return enter(
    { tally, family: match.family, daemon: match.daemon },
    { kind: 'matched', match, heldUntil: heldIn(phase) },
    [
      tell({ kind: 'matched', pid: match.main.pid, name: match.name, count: match.count, recovered }),
      { do: 'remember' },
    ],
  )
}

function heldIn(phase: PatternPhase): Milliseconds | undefined {
  switch (phase.kind) {
    case 'looking':
    case 'missing':
    case 'matched':
      return phase.heldUntil
    case 'backing-off':
      return phase.until
    case 'recovering':
    case 'proving':
    case 'stopped':
      return undefined
  }
}

/** What has matched for long enough is well, and what was before is forgotten. */
const rested = (tally: Tally, ran: Milliseconds, { respawn }: PatternPolicy): Tally =>
  ran >= respawn.resetAfter ? { ...tally, failures: 0, lastDelay: 0 } : tally

function stopped(state: PatternState, why: string, at: Milliseconds, policy: PatternPolicy): PatternStep {
  const phase: PatternPhase = { kind: 'stopped', why, lookAt: at + policy.interval }
  return state.phase.kind === 'stopped'
    ? enter(state, phase)
    : enter(state, phase, [tell({ kind: 'stopped', why, interval: policy.interval }), { do: 'remember' }])
}

function nothing(
  state: PatternState,
  phase: Extract<PatternPhase, { readonly kind: 'looking' }>,
  leftovers: readonly number[],
  at: Milliseconds,
  policy: PatternPolicy,
): PatternStep {
  const { heldUntil } = phase
  if (heldUntil !== undefined && at < heldUntil) {
    return enter(state, { kind: 'backing-off', until: heldUntil, lookAt: at + policy.interval }, [
      tell({ kind: 'held', delay: heldUntil - at, interval: policy.interval }),
    ])
  }
  if (!phase.confirming && policy.grace > 0) return missing(state, at, policy, phase)
  // It has been waited for already; or nothing is known to have ended.
  if (heldUntil !== undefined || phase.fresh) return recover(state, at, leftovers)
  const { tally, delay } = countFailure(state.tally, policy.respawn, 0)
  return delay === 0
    ? recover({ ...state, tally }, at, leftovers)
    : backOff({ ...state, tally }, delay, at, policy, leftovers)
}

const missing = (
  state: PatternState,
  at: Milliseconds,
  policy: PatternPolicy,
  { heldUntil, fresh }: { readonly heldUntil: Milliseconds | undefined; readonly fresh: boolean },
): PatternStep => enter(state, { kind: 'missing', until: at + policy.grace, heldUntil, fresh })

/** Other than after an end, there is no recovery at once. */
function inVain(
  state: PatternState,
  at: Milliseconds,
  policy: PatternPolicy,
  leftovers: readonly number[],
): PatternStep {
  const failures = Math.max(1, state.tally.failures)
  const { tally, delay } = countFailure({ ...state.tally, failures }, policy.respawn, 0)
  return backOff({ ...state, tally }, delay, at, policy, leftovers)
}

function backOff(
  state: PatternState,
  delay: Milliseconds,
  at: Milliseconds,
  { interval }: PatternPolicy,
  leftovers: readonly number[],
): PatternStep {
  const inVain = state.phase.kind === 'proving'
  const times = state.tally.failures - 1
  return enter(state, { kind: 'backing-off', until: at + delay, lookAt: at + interval }, [
    tell({ kind: 'backing-off', inVain, times, delay, interval, leftovers }),
    { do: 'remember' },
  ])
}

const recover = (state: PatternState, at: Milliseconds, leftovers: readonly number[]): PatternStep =>
  enter(state, { kind: 'recovering', since: at }, [
    tell({ kind: 'recovering', leftovers }),
    { do: 'remember' },
    { do: 'recover' },
  ])

function ended(
  state: PatternState,
  event: Extract<PatternEvent, { readonly on: 'ended' }>,
  policy: PatternPolicy,
): PatternStep {
  const { phase } = state
  if (phase.kind !== 'matched' || phase.match.main.pid !== event.main.pid) return stay(state)
  if (phase.match.main.startTime !== event.main.startTime) return stay(state)
  const ran = event.at - phase.match.since
  const tally = rested(state.tally, ran, policy)
  // Somebody's grep, for a moment: neither a reason to recover earlier, nor one to wait longer.
  const heldUntil = ran < policy.settle ? phase.heldUntil : undefined
  return enter({ ...state, tally }, { kind: 'looking', confirming: false, heldUntil, fresh: false }, [
    tell({ kind: 'ended', pid: event.main.pid, exit: event.exit, ran }),
    { do: 'look' },
  ])
}

function recovered(
  state: PatternState,
  outcome: RecoveryOutcome,
  at: Milliseconds,
  { settle }: PatternPolicy,
): PatternStep {
  const { phase } = state
  if (phase.kind !== 'recovering') return stay(state)
  // What could not even be run need not be waited for.
  const until = outcome.unable === undefined ? at + settle : at
  const proving: PatternPhase = { kind: 'proving', until, lookAt: at + PROVING_PAUSE, pause: PROVING_PAUSE }
  return enter(state, proving, [tell({ kind: 'recovered', outcome, took: at - phase.since }), { do: 'look' }])
}

function due(state: PatternState, at: Milliseconds, policy: PatternPolicy): PatternStep {
  const { phase } = state
  const deadline = patternDeadline(state)
  if (deadline === undefined || at < deadline) return stay(state)
  switch (phase.kind) {
    case 'missing':
      return enter(state, { kind: 'looking', confirming: true, heldUntil: phase.heldUntil, fresh: phase.fresh }, [
        { do: 'look' },
      ])
    case 'proving': {
      const pause = phase.pause * 2
      const lookAt = at < phase.until ? Math.min(at + pause, phase.until) : at + policy.interval
      return enter(state, { ...phase, lookAt, pause }, [{ do: 'look' }])
    }
    case 'backing-off':
      return at >= phase.until
        ? enter(state, { kind: 'looking', confirming: true, heldUntil: phase.until, fresh: false }, [{ do: 'look' }])
        : enter(state, { ...phase, lookAt: at + policy.interval }, [{ do: 'look' }])
    case 'stopped':
      return enter(state, { ...phase, lookAt: at + policy.interval }, [{ do: 'look' }])
    case 'looking':
    case 'matched':
    case 'recovering':
      return stay(state)
  }
}

const stay = (state: PatternState): PatternStep => ({ state, effects: [] })

const enter = (
  state: Omit<PatternState, 'phase'>,
  phase: PatternPhase,
  effects: readonly PatternEffect[] = [],
): PatternStep => ({ state: { tally: state.tally, family: state.family, daemon: state.daemon, phase }, effects })

const tell = (what: Telling): PatternEffect => ({ do: 'tell', what })

import type { Milliseconds } from '../../base/duration.ts'
import { unreachable } from '../../base/result.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import type {
  DownWhy,
  Effect,
  EndReason,
  Finding,
  Phase,
  Policy,
  RememberedPhase,
  Sight,
  Up,
  Watched,
  WatchEvent,
} from './state.ts'
import { afterExit, countFailure, countStart, isWithinBurst, NO_TALLY, type Tally } from './tally.ts'
import { bigText, type Next, type Telling } from './telling.ts'
import { draw } from './chance.ts'

/** How soon something unclear is looked at again. */
export const LOOK_AGAIN: Milliseconds = 5_000

export interface Step {
  readonly state: Watched
  readonly effects: readonly Effect[]
}

/**
 * The watcher's decision about one daemon: pure, total and deterministic. What is not in the table leaves the phase
 * as it is. "wanted" is: wished up, and not paused.
 *
 *   phase         event         to            effects
 *   ------------  ------------  ------------  ------------------------------------------------
 *   looking       observed      up            tell                     it runs
 *   looking       observed      starting      respawn                  it is down, and wanted
 *   looking       observed      starting      tell, hook, respawn      it was up, and ended while nobody watched
 *   looking       observed      backing-off                            an earlier watcher waited
 *   looking       observed      cooling-down                           the same
 *   looking       observed      backing-off   tell, hook               it ended unwatched, not for the first time
 *   looking       observed      cooling-down  tell, hook               it ended unwatched, burst limit
 *   looking       observed      down          tell, hook               it ended unwatched, burst limit with give-up
 *   looking       observed      down                                   it is down, and not wanted; or given up
 *   looking       observed      unclear       tell                     it cannot be told
 *   down          wished        starting      respawn                  wanted
 *   down          touched       down          observe                  somebody else started it?
 *   down          observed      up            tell                     he did
 *   starting      started       up            tell, hook               on-recovery, after failures
 *   starting      started       ending        end                      wished down meanwhile
 *   starting      start-failed  starting      tell, hook, respawn      the first failure in a row
 *   starting      start-failed  backing-off   tell, hook               a further one
 *   starting      start-failed  cooling-down  tell, hook               burst limit
 *   starting      start-failed  down          tell, hook               burst limit with give-up; not wanted
 *   starting      unwanted      down                                   the wish was "down", under the lock
 *   up            ended         starting      tell, hook, respawn      the first end after it had run well
 *   up            ended         backing-off   tell, hook               a further one
 *   up            ended         cooling-down  tell, hook               burst limit
 *   up            ended         down          tell                     policy, or not wanted
 *   up            ended         starting      respawn                  asked for: another's restart is at work
 *   up            wished        ending        end                      down
 *   up            touched       up            observe                  a new main PID?
 *   up            observed      up            tell                     it is
 *   up            probed        ending        tell, hook, end          unhealthy, too big
 *   up            due           up            probe                    time to ask
 *   up            due           ending        tell, end                older than max-age
 *   ending        end-done      starting      respawn                  it was unhealthy, too big or too old
 *   ending        end-done      backing-off                            and that again and again
 *   ending        end-done      cooling-down  tell                     burst limit
 *   ending        end-done      down                                   not wanted
 *   ending        end-failed    unclear       tell                     something survives
 *   backing-off   due           starting      respawn
 *   backing-off   wished        starting      respawn                  started by the operator: at once
 *   backing-off   wished        down                                   not wanted
 *   backing-off   touched       backing-off   observe
 *   backing-off   observed      up            tell                     somebody else started it
 *   cooling-down  due           starting      tell, respawn            it never gives up by itself
 *   cooling-down  wished        starting      respawn
 *   cooling-down  wished        down                                   not wanted
 *   cooling-down  touched       cooling-down  observe
 *   cooling-down  observed      up            tell
 *   unclear       due           looking       observe
 *   unclear       touched       looking       observe
 *   unclear       wished        looking       observe
 */
export function step(state: Watched, event: WatchEvent, policy: Policy): Step {
  const { phase } = state
  switch (event.on) {
    case 'wished':
      return wished(state, event)
    case 'touched':
      return touched(state)
    case 'observed':
      return observed(state, event.as, policy, event.at)
    case 'started':
      return started(state, event, policy)
    case 'start-failed':
      return phase.kind === 'starting' ? startFailed(state, event, policy) : stay(state)
    case 'unwanted':
      return phase.kind === 'starting' ? enter({ ...state, want: 'down' }, down('stopped')) : stay(state)
    case 'ended':
      return phase.kind === 'up' && sameProcess(phase.main, event.main)
        ? ended(state, phase, event, policy)
        : stay(state)
    case 'end-done':
      return phase.kind === 'ending' ? endDone(state, phase.because, event, policy) : stay(state)
    case 'end-failed':
      return phase.kind === 'ending'
        ? enter(state, { kind: 'unclear', until: event.at + LOOK_AGAIN, why: event.why }, [
            tell({ kind: 'not-ended', why: event.why }),
          ])
        : stay(state)
    case 'probed':
      return phase.kind === 'up' && sameProcess(phase.main, event.main)
        ? probed(state, phase, event.finding, policy, event.at)
        : stay(state)
    case 'due':
      return due(state, policy, event.at)
    default:
      return unreachable(event)
  }
}

/** The one moment at which a daemon waits for the clock; undefined: for nothing but events. */
export function nextDeadline({ phase, paused }: Watched, { health }: Policy): Milliseconds | undefined {
  switch (phase.kind) {
    case 'backing-off':
    case 'cooling-down':
    case 'unclear':
      return phase.until
    case 'up': {
      if (paused) return undefined
      const old = health?.maxAge === undefined ? Infinity : phase.since + health.maxAge
      const next = Math.min(phase.probeAt ?? Infinity, old)
      return next === Infinity ? undefined : next
    }
    case 'looking':
    case 'down':
    case 'starting':
    case 'ending':
      return undefined
  }
}

/** Before anything is known of it. */
export function beginWatching(begin: {
  readonly wish: { readonly want: 'up' | 'down'; readonly paused: boolean } | undefined
  readonly tally?: Tally | undefined
  readonly before?: RememberedPhase | undefined
  readonly seed: number
}): Step {
  const { wish, tally, before, seed } = begin
  return {
    state: {
      want: wish?.want ?? 'up',
      paused: wish?.paused ?? false,
      phase: { kind: 'looking', before },
      tally: tally ?? NO_TALLY,
      seed,
    },
    effects: [{ do: 'observe' }],
  }
}

function wished(before: Watched, event: { readonly want: 'up' | 'down'; readonly paused: boolean }): Step {
  const { phase } = before
  const again = event.want === 'up' && !event.paused
  // What an operator starts begins afresh: no backoff from before is held against it.
  const tally = again && phase.kind !== 'up' ? NO_TALLY : before.tally
  const state: Watched = { ...before, want: event.want, paused: event.paused, tally }
  const unwatched = event.paused ? 'paused' : 'stopped'
  switch (phase.kind) {
    case 'looking':
      return enter(state, { kind: 'looking', before: undefined })
    case 'down':
      return again ? respawn(state) : enter(state, { ...phase, why: unwatched })
    case 'backing-off':
    case 'cooling-down':
      return again ? respawn(state) : enter(state, { kind: 'down', why: unwatched, exit: phase.exit })
    case 'unclear':
      return look(state)
    case 'up':
      return event.want === 'down' && !event.paused
        ? enter(state, { kind: 'ending', because: 'wished', main: phase.main }, [{ do: 'end', because: 'wished' }])
        : stay(state)
    case 'starting':
    case 'ending':
      return stay(state)
  }
}

function touched(state: Watched): Step {
  switch (state.phase.kind) {
    case 'unclear':
      return look(state)
    case 'down':
    case 'backing-off':
    case 'cooling-down':
    case 'up':
      return { state, effects: [{ do: 'observe' }] }
    // Whoever is at work finds out.
    case 'looking':
    case 'starting':
    case 'ending':
      return stay(state)
  }
}

function observed(state: Watched, sight: Sight, policy: Policy, at: Milliseconds): Step {
  const { phase } = state
  switch (phase.kind) {
    case 'starting':
    case 'ending':
    case 'unclear':
      return stay(state)
    case 'up':
      return sight.kind === 'running' && !sameProcess(sight.main, phase.main)
        ? enter(state, up(sight.main, sight.since, policy, at), [
            tell({ kind: 'changed', pid: sight.main.pid, was: phase.main.pid }),
          ])
        : stay(state)
    case 'looking':
    case 'down':
    case 'backing-off':
    case 'cooling-down':
  }
  switch (sight.kind) {
    case 'running':
      return enter(state, up(sight.main, sight.since, policy, at), [tell({ kind: 'adopted', pid: sight.main.pid })])
    case 'unclear':
      return phase.kind === 'looking'
        ? enter(state, { kind: 'unclear', until: at + LOOK_AGAIN, why: sight.why }, [
            tell({ kind: 'unclear', why: sight.why }),
          ])
        : stay(state)
    case 'down': {
      if (phase.kind !== 'looking') return stay(state)
      if (!isWanted(state)) return enter(state, down(state.paused ? 'paused' : 'stopped'))
      return takeOver(state, phase.before, policy, at)
    }
  }
}

/** It is down and wanted, and an earlier watcher may have known why it is down. */
function takeOver(state: Watched, before: RememberedPhase | undefined, policy: Policy, at: Milliseconds): Step {
  switch (before?.kind) {
    case 'backing-off':
    case 'cooling-down':
      return before.until > at ? enter(state, before) : respawn(state)
    case 'down':
      return before.why === 'stopped' || before.why === 'paused' ? respawn(state) : enter(state, before)
    case 'up': {
      // It ended while nobody watched.
      const exit: Exit = { kind: 'unseen' }
      const verdict = afterExit(exit, policy.respawn)
      if (verdict !== 'respawn') return enter(state, down(verdict, exit))
      const after = again(state, exit, policy, at)
      const told = tell({ kind: 'ended', pid: undefined, exit, ran: undefined, next: after.next })
      return { state: after.state, effects: [told, ...after.effects] }
    }
    case undefined:
      return respawn(state)
  }
}

function started(
  state: Watched,
  event: { readonly main: Identity; readonly since: Milliseconds; readonly launched: boolean; readonly at: number },
  policy: Policy,
): Step {
  if (state.phase.kind !== 'starting') return stay(state)
  const recovered = state.tally.failures > 0
  const tally = event.launched ? countStart(state.tally, policy.respawn, event.at) : state.tally
  const effects: Effect[] = [tell({ kind: 'started', pid: event.main.pid, recovered })]
  if (recovered) effects.push({ do: 'hook', hook: 'on-recovery' })
  if (state.want === 'down' && !state.paused) {
    return enter({ ...state, tally }, { kind: 'ending', because: 'wished', main: event.main }, [
      { do: 'end', because: 'wished' },
    ])
  }
  return enter({ ...state, tally }, up(event.main, event.since, policy, event.at), effects)
}

function startFailed(
  before: Watched,
  event: { readonly why: string; readonly exit: Exit; readonly at: Milliseconds },
  policy: Policy,
): Step {
  const state = { ...before, tally: countStart(before.tally, policy.respawn, event.at) }
  if (!isWanted(state)) return enter(state, down(state.paused ? 'paused' : 'stopped', event.exit))
  const after = again(state, event.exit, policy, event.at)
  return { ...after, effects: [tell({ kind: 'start-failed', why: event.why, next: after.next }), ...after.effects] }
}

function ended(
  state: Watched,
  phase: Up,
  { exit, asked, at }: { readonly exit: Exit; readonly asked: boolean; readonly at: Milliseconds },
  policy: Policy,
): Step {
  const ran = at - phase.since
  const pid = phase.main.pid
  const stayDown = (why: Extract<DownWhy, 'stopped' | 'paused' | 'finished' | 'prevented'>): Step =>
    enter(state, down(why, exit), [tell({ kind: 'ended', pid, exit, ran, next: { kind: 'stay-down', why } })])
  if (state.want === 'down') return stayDown('stopped')
  if (state.paused) return stayDown('paused')
  // Whoever ended it starts it again, and has its lock: we come after him, and start it if he did not.
  if (asked) return respawn(state)
  if (policy.respawn.onExit === 'stop-all') {
    const stopped = stayDown('finished')
    return { ...stopped, effects: [...stopped.effects, { do: 'stop-siblings' }] }
  }
  const verdict = afterExit(exit, policy.respawn)
  if (verdict !== 'respawn') return stayDown(verdict)
  const rested = ran >= policy.respawn.resetAfter ? { ...state.tally, failures: 0, lastDelay: 0 } : state.tally
  const after = again({ ...state, tally: rested }, exit, policy, at)
  return { ...after, effects: [tell({ kind: 'ended', pid, exit, ran, next: after.next }), ...after.effects] }
}

/** It is down, it is wanted, and policy has it come back: at once, later, much later, or not at all. */
function again(state: Watched, exit: Exit, policy: Policy, at: Milliseconds): Step & { readonly next: Next } {
  const { respawn: rules } = policy
  const hook: Effect = { do: 'hook', hook: 'on-failure' }
  if (!isWithinBurst(state.tally, rules, at)) {
    if (rules.giveUp) {
      return { ...enter(state, down('given-up', exit), [hook]), next: { kind: 'stay-down', why: 'given-up' } }
    }
    const phase: Phase = { kind: 'cooling-down', until: at + rules.coolDown, exit }
    const next: Next = {
      kind: 'cool-down',
      delay: rules.coolDown,
      starts: state.tally.starts.length,
      interval: rules.interval,
    }
    return { ...enter(state, phase, [hook]), next }
  }
  const { chance, seed } = draw(state.seed)
  const { tally, delay } = countFailure(state.tally, rules, chance)
  const counted: Watched = { ...state, tally, seed }
  if (delay === 0) return { ...respawn(counted, [hook]), next: { kind: 'at-once' } }
  return { ...enter(counted, { kind: 'backing-off', until: at + delay, exit }, [hook]), next: { kind: 'after', delay } }
}

function endDone(
  state: Watched,
  because: EndReason,
  event: { readonly exit: Exit; readonly at: Milliseconds },
  policy: Policy,
): Step {
  if (!isWanted(state)) return enter(state, down(state.paused ? 'paused' : 'stopped', event.exit))
  // Asked for, by an operator who has changed his mind or by its age: nothing that backoff should be held against.
  if (because === 'wished' || because === 'too-old') return respawn(state)
  const after = again(state, event.exit, policy, event.at)
  const told: readonly Effect[] =
    after.next.kind === 'at-once'
      ? []
      : [tell({ kind: 'ended', pid: undefined, exit: event.exit, ran: undefined, next: after.next })]
  return { state: after.state, effects: [...told, ...after.effects.filter((effect) => effect.do !== 'hook')] }
}

function probed(before: Watched, phase: Up, finding: Finding, policy: Policy, at: Milliseconds): Step {
  const { health } = policy
  if (health === undefined) return stay(before)
  const state = at - phase.since >= policy.respawn.resetAfter ? rest(before) : before
  const probeAt = at + health.interval
  switch (finding.kind) {
    case 'healthy': {
      const succeeded = phase.succeeded + 1
      const healthy = phase.healthy || succeeded >= health.successes
      return enter(state, { ...phase, probeAt, failed: healthy ? 0 : phase.failed, succeeded, healthy })
    }
    case 'failing': {
      const failed = phase.failed + 1
      const told = tell({ kind: 'failing', why: finding.why, failed, of: health.failures })
      if (failed < health.failures || state.paused) {
        return enter(state, { ...phase, probeAt, failed, succeeded: 0, healthy: false }, [told])
      }
      return toEnd(state, phase, 'unhealthy', finding.why, [told])
    }
    case 'too-big':
      return state.paused
        ? enter(state, { ...phase, probeAt })
        : toEnd(state, phase, 'too-big', bigText(finding.rss, health.maxRss ?? 0))
  }
}

function due(state: Watched, policy: Policy, at: Milliseconds): Step {
  const { phase } = state
  const deadline = nextDeadline(state, policy)
  if (deadline === undefined || at < deadline) return stay(state)
  switch (phase.kind) {
    case 'backing-off':
      return respawn(state)
    case 'cooling-down':
      return respawn({ ...state, tally: { ...state.tally, starts: [] } }, [tell({ kind: 'trying-again' })])
    case 'unclear':
      return look(state)
    case 'up': {
      const maxAge = policy.health?.maxAge
      if (maxAge !== undefined && at >= phase.since + maxAge) {
        return toEnd(state, phase, 'too-old', 'it has reached its max-age')
      }
      return enter(state, { ...phase, probeAt: undefined }, [{ do: 'probe', main: phase.main }])
    }
    case 'looking':
    case 'down':
    case 'starting':
    case 'ending':
      return stay(state)
  }
}

function toEnd(
  state: Watched,
  phase: Up,
  because: Exclude<EndReason, 'wished'>,
  why: string,
  before: readonly Effect[] = [],
): Step {
  const hook: readonly Effect[] = because === 'too-old' ? [] : [{ do: 'hook', hook: 'on-failure' }]
  return enter(state, { kind: 'ending', because, main: phase.main }, [
    ...before,
    tell({ kind: 'ending', why }),
    ...hook,
    { do: 'end', because },
  ])
}

/** Long enough up: earlier failures are forgiven. */
const rest = (state: Watched): Watched =>
  state.tally.failures === 0 ? state : { ...state, tally: { ...state.tally, failures: 0, lastDelay: 0 } }

const isWanted = (state: Watched): boolean => state.want === 'up' && !state.paused

function up(main: Identity, since: Milliseconds, { health }: Policy, at: Milliseconds): Up {
  const asks = health !== undefined && (health.probe !== undefined || health.maxRss !== undefined)
  const first = health === undefined ? 0 : Math.max(since + health.startPeriod, at) + health.interval
  return { kind: 'up', main, since, failed: 0, succeeded: 0, healthy: true, probeAt: asks ? first : undefined }
}

const down = (why: DownWhy, exit?: Exit): Phase => ({ kind: 'down', why, exit })
const tell = (what: Telling): Effect => ({ do: 'tell', what })
const stay = (state: Watched): Step => ({ state, effects: [] })
const enter = (state: Watched, phase: Phase, effects: readonly Effect[] = []): Step => ({
  state: { ...state, phase },
  effects,
})
const respawn = (state: Watched, before: readonly Effect[] = []): Step =>
  enter(state, { kind: 'starting' }, [...before, { do: 'respawn' }])
const look = (state: Watched): Step => enter(state, { kind: 'looking', before: undefined }, [{ do: 'observe' }])

const sameProcess = (a: Identity, b: Identity): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId

import type { Milliseconds } from '../../base/duration.ts'
import { unreachable } from '../../base/result.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import type {
  DownWhy,
  Effect,
  EndReason,
  Finding,
  Looking,
  Phase,
  Policy,
  RememberedPhase,
  Sight,
  Unclear,
  Up,
  Watched,
  WatchEvent,
} from './state.ts'
import { afterExit, countFailure, countStart, isWithinBurst, NO_TALLY, recentStarts, type Tally } from './tally.ts'
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
 * as it is, and does nothing. "wanted" is: wished up, and not paused.
 *
 *   phase         event         to            effects              when
 *   ------------  ------------  ------------  -------------------  ----
 *   looking       observed      up            tell                 it runs
 *   looking       observed      ending        end                  it runs, and was wished down while it was looked at
 *   looking       observed      starting      respawn              it is down, and wanted
 *   looking       observed      starting      tell, respawn        a cool-down that ended while nobody watched
 *   looking       observed      starting      tell, hook, respawn  it was up, and ended while nobody watched
 *   looking       observed      backing-off                        an earlier watcher waited
 *   looking       observed      backing-off   tell, hook           it ended unwatched, not for the first time
 *   looking       observed      cooling-down                       an earlier watcher waited
 *   looking       observed      cooling-down  tell, hook           it ended unwatched: burst limit
 *   looking       observed      down                               not wanted; or left down by an earlier watcher
 *   looking       observed      down          tell                 it ended unwatched: policy
 *   looking       observed      down          tell, hook           it ended unwatched: burst limit with give-up
 *   looking       observed      unclear       tell                 it cannot be told
 *   looking       observed      unclear                            still not, for the same reason
 *   down          wished        starting      respawn              wanted
 *   down          touched       down          observe              somebody else started it?
 *   down          observed      up            tell                 he did
 *   starting      started       up            tell                 it runs
 *   starting      started       up            tell, hook           it runs, after failures
 *   starting      started       ending        end                  wished down meanwhile
 *   starting      start-failed  starting      tell, hook, respawn  the first failure in a row
 *   starting      start-failed  backing-off   tell, hook           a further one
 *   starting      start-failed  cooling-down  tell, hook           burst limit
 *   starting      start-failed  down          tell, hook           burst limit with give-up
 *   starting      start-failed  down          tell                 prevent-exit, or policy "never"
 *   starting      start-failed  down                               not wanted
 *   starting      unwanted      down                               the wish was "down", under the lock
 *   starting      unwanted      starting      respawn              and was "up" again since
 *   up            ended         starting      tell, hook, respawn  the first end after it had run well
 *   up            ended         starting      respawn              asked for: another's restart is at work
 *   up            ended         backing-off   tell, hook           a further one
 *   up            ended         cooling-down  tell, hook           burst limit
 *   up            ended         down          tell, hook           burst limit with give-up
 *   up            ended         down          tell                 policy, or not wanted
 *   up            ended         down          tell, stop-siblings  on-exit = "stop-all"
 *   up            wished        ending        end                  down
 *   up            touched       up            observe              a new main PID?
 *   up            observed      up            tell                 it is
 *   up            probed        up            tell                 it fails, not yet often enough
 *   up            probed        ending        tell, hook, end      unhealthy, too big
 *   up            due           up            probe                time to ask
 *   up            due           ending        tell, end            older than max-age
 *   ending        end-done      starting      respawn              it was unhealthy, too big or too old; or wanted again
 *   ending        end-done      backing-off   tell                 unhealthy or too big, again and again
 *   ending        end-done      cooling-down  tell                 burst limit
 *   ending        end-done      down          tell                 burst limit with give-up
 *   ending        end-done      down                               not wanted
 *   ending        end-failed    unclear       tell                 something survives
 *   backing-off   due           starting      respawn
 *   backing-off   wished        starting      respawn              started by the operator: at once
 *   backing-off   wished        down                               not wanted
 *   backing-off   touched       backing-off   observe              somebody else started it?
 *   backing-off   observed      up            tell                 he did
 *   cooling-down  due           starting      tell, respawn        it never gives up by itself
 *   cooling-down  wished        starting      respawn              started by the operator: at once
 *   cooling-down  wished        down                               not wanted
 *   cooling-down  touched       cooling-down  observe              somebody else started it?
 *   cooling-down  observed      up            tell                 he did
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
      return phase.kind === 'starting' ? unwanted(state, phase.wished) : stay(state)
    case 'ended':
      return phase.kind === 'up' && sameProcess(phase.main, event.main)
        ? ended({ ...state, gone: phase.main }, phase, event, policy)
        : stay(state)
    case 'end-done':
      return phase.kind === 'ending'
        ? endDone({ ...state, gone: phase.main }, phase.because, event, policy)
        : stay(state)
    case 'end-failed':
      return phase.kind === 'ending' ? endFailed(state, phase.because, event) : stay(state)
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
export function nextDeadline(state: Watched, { health }: Policy): Milliseconds | undefined {
  const { phase } = state
  switch (phase.kind) {
    case 'backing-off':
    case 'cooling-down':
    case 'unclear':
      return phase.until
    case 'up': {
      // What is not wanted to be up, and is, is somebody else's.
      if (!isWanted(state) || health === undefined) return undefined
      const asks = health.probe !== undefined || health.maxRss !== undefined
      const probe = (asks ? phase.probeAt : undefined) ?? Infinity
      const old = health.maxAge === undefined ? Infinity : phase.since + health.maxAge
      const next = Math.min(probe, old)
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
      phase: { kind: 'looking', before, toEnd: false, told: undefined },
      tally: tally ?? NO_TALLY,
      gone: undefined,
      seed,
    },
    effects: [{ do: 'observe' }],
  }
}

function wished(before: Watched, event: { readonly want: 'up' | 'down'; readonly paused: boolean }): Step {
  const { phase } = before
  const again = event.want === 'up' && !event.paused
  // What an operator starts begins afresh: no backoff from before is held against it.
  const tally = again && phase.kind !== 'up' ? { ...NO_TALLY, respawns: before.tally.respawns } : before.tally
  const state: Watched = { ...before, want: event.want, paused: event.paused, tally }
  const unwatched = event.paused ? 'paused' : 'stopped'
  const toEnd = event.want === 'down' && !event.paused
  switch (phase.kind) {
    case 'looking':
      return enter(state, { kind: 'looking', before: undefined, toEnd, told: undefined })
    case 'down':
      return again ? respawn(state) : enter(state, { ...phase, why: unwatched })
    case 'backing-off':
    case 'cooling-down':
      return again ? respawn(state) : enter(state, { kind: 'down', why: unwatched, exit: phase.exit })
    case 'unclear':
      return look(state, { kind: 'looking', before: undefined, toEnd, told: undefined })
    case 'up':
      return toEnd ? end(state, 'wished', phase.main) : stay(state)
    case 'starting':
      return enter(state, { kind: 'starting', wished: again })
    case 'ending':
      return stay(state)
  }
}

function touched(state: Watched): Step {
  switch (state.phase.kind) {
    case 'unclear':
      return lookAgain(state, state.phase)
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
  const { phase, gone } = state
  const isOld = sight.kind === 'running' && gone !== undefined && sameProcess(sight.main, gone)
  if (isOld && phase.kind !== 'looking') return stay(state)
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
      return phase.kind === 'looking' && phase.toEnd
        ? end(state, 'wished', sight.main)
        : enter(state, up(sight.main, sight.since, policy, at), [tell({ kind: 'adopted', pid: sight.main.pid })])
    case 'unclear': {
      if (phase.kind !== 'looking') return stay(state)
      const { before, told } = phase
      const news = told === sight.why ? [] : [tell({ kind: 'unclear', why: sight.why })]
      return enter(state, { kind: 'unclear', until: at + LOOK_AGAIN, why: sight.why, before }, news)
    }
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
      return before.until > at ? enter(state, before) : respawn(state)
    case 'cooling-down':
      return before.until > at ? enter(state, before) : tryAgain(state)
    case 'down':
      return before.why === 'stopped' || before.why === 'paused' ? respawn(state) : enter(state, before)
    case 'up': {
      // It ended while nobody watched.
      const exit: Exit = { kind: 'unseen' }
      const verdict = afterExit(exit, policy.respawn)
      const told = (next: Next): Effect => tell({ kind: 'ended', pid: undefined, exit, ran: undefined, next })
      if (verdict !== 'respawn') {
        return enter(state, down(verdict, exit), [told({ kind: 'stay-down', why: verdict })])
      }
      const after = again(state, exit, policy, at)
      return { state: after.state, effects: [told(after.next), ...after.effects] }
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
    return end({ ...state, tally }, 'wished', event.main)
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
  const told = (next: Next): Effect => tell({ kind: 'start-failed', why: event.why, next })
  // What does not start has failed, also when its exit status is that of a success.
  const verdict = afterExit(event.exit, policy.respawn)
  if (verdict === 'prevented' || policy.respawn.policy === 'never') {
    const why = verdict === 'prevented' ? verdict : 'finished'
    return enter(state, down(why, event.exit), [told({ kind: 'stay-down', why })])
  }
  const after = again(state, event.exit, policy, event.at)
  return { ...after, effects: [told(after.next), ...after.effects] }
}

/**
 * Under its lock the wish was found to be "down". Its event may be on the way yet; and a wish for "up" may have
 * come since: then it is tried once more.
 */
function unwanted(state: Watched, wished: boolean): Step {
  if (wished && isWanted(state)) return respawn(state)
  return state.paused ? enter(state, down('paused')) : enter({ ...state, want: 'down' }, down('stopped'))
}

function ended(
  state: Watched,
  phase: Up,
  { exit, asked, at }: { readonly exit: Exit; readonly asked: boolean; readonly at: Milliseconds },
  policy: Policy,
): Step {
  const ran = Math.max(0, at - phase.since)
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
  const after = again(isRested(phase, policy, at) ? rest(state) : state, exit, policy, at)
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
      starts: recentStarts(state.tally, rules, at).length,
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

function endFailed(
  state: Watched,
  because: EndReason,
  { why, at }: { readonly why: string; readonly at: Milliseconds },
): Step {
  // Should it end after all, then it has failed; unless its end was asked for.
  const before: RememberedPhase | undefined =
    because === 'unhealthy' || because === 'too-big' ? { kind: 'up' } : undefined
  return enter(state, { kind: 'unclear', until: at + LOOK_AGAIN, why, before }, [tell({ kind: 'not-ended', why })])
}

function probed(before: Watched, phase: Up, finding: Finding, policy: Policy, at: Milliseconds): Step {
  const { health } = policy
  // Its definition was changed while it was asked.
  if (health === undefined) return enter(before, { ...phase, probeAt: at })
  const state = finding.kind !== 'failing' && isRested(phase, policy, at) ? rest(before) : before
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
      if (failed < health.failures || !isWanted(state)) {
        return enter(state, { ...phase, probeAt, failed, succeeded: 0, healthy: false }, [told])
      }
      return toEnd(state, phase, 'unhealthy', finding.why, [told])
    }
    case 'too-big':
      return isWanted(state)
        ? toEnd(state, phase, 'too-big', bigText(finding.rss, health.maxRss ?? finding.rss))
        : enter(state, { ...phase, probeAt })
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
      return tryAgain(state)
    case 'unclear':
      return lookAgain(state, phase)
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
  return end(state, because, phase.main, [...before, tell({ kind: 'ending', why }), ...hook])
}

/** Long enough up, and not failing: earlier failures are forgiven. */
const isRested = (phase: Up, { respawn }: Policy, at: Milliseconds): boolean =>
  phase.healthy && at - phase.since >= respawn.resetAfter

const rest = (state: Watched): Watched =>
  state.tally.failures === 0 ? state : { ...state, tally: { ...state.tally, failures: 0, lastDelay: 0 } }

const isWanted = (state: Watched): boolean => state.want === 'up' && !state.paused

function up(main: Identity, since: Milliseconds, { health }: Policy, at: Milliseconds): Up {
  const probeAt = health === undefined ? at : Math.max(since + health.startPeriod, at) + health.interval
  return { kind: 'up', main, since, failed: 0, succeeded: 0, healthy: true, probeAt }
}

const down = (why: DownWhy, exit?: Exit): Phase => ({ kind: 'down', why, exit })
const tell = (what: Telling): Effect => ({ do: 'tell', what })
const stay = (state: Watched): Step => ({ state, effects: [] })
const enter = (state: Watched, phase: Phase, effects: readonly Effect[] = []): Step => ({
  state: { ...state, phase },
  effects,
})
const respawn = (state: Watched, before: readonly Effect[] = []): Step =>
  enter(state, { kind: 'starting', wished: false }, [...before, { do: 'respawn' }])
/** The cool-down is over: the burst is counted anew. */
const tryAgain = (state: Watched): Step =>
  respawn({ ...state, tally: { ...state.tally, starts: [] } }, [tell({ kind: 'trying-again' })])
const end = (state: Watched, because: EndReason, main: Identity, before: readonly Effect[] = []): Step =>
  enter(state, { kind: 'ending', because, main }, [...before, { do: 'end', because, main }])
const look = (state: Watched, phase: Looking): Step => enter(state, phase, [{ do: 'observe' }])
const lookAgain = (state: Watched, { before, why }: Unclear): Step =>
  look(state, { kind: 'looking', before, toEnd: false, told: why })

const sameProcess = (a: Identity, b: Identity): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId

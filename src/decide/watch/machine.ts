import { isSameProcess } from '../identity.ts'
import { unreachable } from '../../base/result.ts'
import { due } from './on-due.ts'
import { ended, endDone, endFailed } from './on-end.ts'
import { probed } from './on-health.ts'
import { said } from './on-word.ts'
import { touched, observed } from './on-sight.ts'
import { started, startFailed, unwanted } from './on-start.ts'
import { wished } from './on-wish.ts'
import type { Policy, RememberedPhase, Watched, WatchEvent } from './state.ts'
import { NO_TALLY, type Tally } from './tally.ts'
import { stay, type Step } from './turn.ts'

export { nextDeadline } from './deadline.ts'
export { LOOK_AGAIN, type Step } from './turn.ts'

/**
 * The watcher's decision about one daemon: pure, total and deterministic. What is not in the table leaves the phase
 * as it is, and does nothing. "wanted" is: wished up, and not paused. How each event is decided is in on-*.ts.
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
 *   up            due           up            tell                 no WATCHDOG=1, not yet often enough
 *   up            due           ending        tell, hook, end      no WATCHDOG=1: it hangs
 *   up            due           ending        tell, end            older than max-age
 *   up            said          ending        tell, hook, end      WATCHDOG=trigger
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
      return phase.kind === 'up' && isSameProcess(phase.main, event.main)
        ? ended({ ...state, gone: phase.main }, phase, event, policy)
        : stay(state)
    case 'end-done':
      return phase.kind === 'ending'
        ? endDone({ ...state, gone: phase.main }, phase.because, event, policy)
        : stay(state)
    case 'end-failed':
      return phase.kind === 'ending' ? endFailed(state, phase.because, event) : stay(state)
    case 'probed':
      return phase.kind === 'up' && isSameProcess(phase.main, event.main)
        ? probed(state, phase, event.finding, policy, event.at)
        : stay(state)
    case 'said':
      return phase.kind === 'up' && isSameProcess(phase.main, event.main)
        ? said(state, phase, event.word, policy, event.at)
        : stay(state)
    case 'due':
      return due(state, policy, event.at)
    default:
      return unreachable(event)
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

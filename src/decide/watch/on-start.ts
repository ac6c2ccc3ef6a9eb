import type { Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import { again } from './again.ts'
import type { Effect, Policy, Watched } from './state.ts'
import { afterExit, countStart } from './tally.ts'
import type { Next } from './telling.ts'
import { isWanted, up, down, tell, stay, enter, respawn, end, type Step } from './turn.ts'

export function started(
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

export function startFailed(
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
export function unwanted(state: Watched, wished: boolean): Step {
  if (wished && isWanted(state)) return respawn(state)
  return state.paused ? enter(state, down('paused')) : enter({ ...state, want: 'down' }, down('stopped'))
}

import type { Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import { again, isRested, rest } from './again.ts'
import type { DownWhy, Effect, EndReason, Policy, RememberedPhase, Up, Watched, WatchEvent } from './state.ts'
import { afterExit } from './tally.ts'
import { LOOK_AGAIN, isWanted, down, tell, enter, respawn, type Step } from './turn.ts'

export function ended(
  state: Watched,
  phase: Up,
  { exit, asked, cause, at }: Omit<Extract<WatchEvent, { on: 'ended' }>, 'on' | 'main'>,
  policy: Policy,
): Step {
  const ran = Math.max(0, at - phase.since)
  const pid = phase.main.pid
  const stayDown = (why: Extract<DownWhy, 'stopped' | 'paused' | 'finished' | 'prevented'>): Step =>
    enter(state, down(why, exit), [tell({ kind: 'ended', pid, exit, cause, ran, next: { kind: 'stay-down', why } })])
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
  return { ...after, effects: [tell({ kind: 'ended', pid, exit, cause, ran, next: after.next }), ...after.effects] }
}

export function endDone(
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

export function endFailed(
  state: Watched,
  because: EndReason,
  { why, at }: { readonly why: string; readonly at: Milliseconds },
): Step {
  // Should it end after all, then it has failed; unless its end was asked for.
  const before: RememberedPhase | undefined =
    because === 'unhealthy' || because === 'too-big' ? { kind: 'up' } : undefined
  return enter(state, { kind: 'unclear', until: at + LOOK_AGAIN, why, before }, [tell({ kind: 'not-ended', why })])
}

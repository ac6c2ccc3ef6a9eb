import type { Watched } from './state.ts'
import { NO_TALLY } from './tally.ts'
import { stay, enter, respawn, end, look, type Step } from './turn.ts'

export function wished(before: Watched, event: { readonly want: 'up' | 'down'; readonly paused: boolean }): Step {
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

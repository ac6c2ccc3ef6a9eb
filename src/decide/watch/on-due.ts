import type { Milliseconds } from '../../base/duration.ts'
import { nextDeadline } from './deadline.ts'
import { silent, toEnd } from './on-health.ts'
import type { Policy, Watched } from './state.ts'
import { stay, enter, respawn, tryAgain, lookAgain, type Step } from './turn.ts'

export function due(state: Watched, policy: Policy, at: Milliseconds): Step {
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
      const { pings } = phase
      if (policy.health?.probe?.kind === 'notify' && pings !== undefined && at >= pings.by) {
        return silent(state, { ...phase, pings }, policy.health, at)
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

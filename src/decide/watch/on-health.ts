import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import type { HealthSettings } from '../../definition/definition.ts'
import { isRested, rest } from './again.ts'
import type { Effect, EndReason, Finding, Pings, Policy, Up, Watched } from './state.ts'
import { bigText } from './telling.ts'
import { isWanted, tell, enter, end, type Step } from './turn.ts'

export function probed(before: Watched, phase: Up, finding: Finding, policy: Policy, at: Milliseconds): Step {
  const { health } = policy
  // Its definition was changed while it was asked.
  if (health === undefined) return enter(before, { ...phase, probeAt: at })
  const probeAt = at + health.interval
  switch (finding.kind) {
    case 'healthy':
      // What is well in what it uses may hang: of that it tells by itself.
      if (health.probe?.kind === 'notify') return enter(before, { ...phase, probeAt })
      return well(before, { ...phase, probeAt }, policy, at)
    case 'failing':
      return failing(before, { ...phase, probeAt }, finding.why, health)
    case 'too-big': {
      const state = isRested(phase, policy, at) ? rest(before) : before
      return isWanted(state)
        ? toEnd(state, phase, 'too-big', bigText(finding.rss, health.maxRss ?? finding.rss))
        : enter(state, { ...phase, probeAt })
    }
  }
}

/** It has not said in time that it is well. */
export function silent(
  state: Watched,
  phase: Up & { readonly pings: Pings },
  health: HealthSettings,
  at: Milliseconds,
): Step {
  const { every } = phase.pings
  const why = `it has not said WATCHDOG=1 within ${formatDuration(every)}`
  return failing(state, { ...phase, pings: { ...phase.pings, by: at + every } }, why, health)
}

export function well(before: Watched, phase: Up, policy: Policy, at: Milliseconds): Step {
  const state = isRested(phase, policy, at) ? rest(before) : before
  const succeeded = phase.succeeded + 1
  const healthy = phase.healthy || succeeded >= (policy.health?.successes ?? 1)
  return enter(state, { ...phase, failed: healthy ? 0 : phase.failed, succeeded, healthy })
}

function failing(state: Watched, phase: Up, why: string, { failures }: HealthSettings): Step {
  const failed = phase.failed + 1
  const told = tell({ kind: 'failing', why, failed, of: failures })
  if (failed < failures || !isWanted(state)) {
    return enter(state, { ...phase, failed, succeeded: 0, healthy: false }, [told])
  }
  return toEnd(state, phase, 'unhealthy', why, [told])
}

export function toEnd(
  state: Watched,
  phase: Up,
  because: Exclude<EndReason, 'wished'>,
  why: string,
  before: readonly Effect[] = [],
): Step {
  const hook: readonly Effect[] = because === 'too-old' ? [] : [{ do: 'hook', hook: 'on-failure' }]
  return end(state, because, phase.main, [...before, tell({ kind: 'ending', why }), ...hook])
}

import type { Milliseconds } from '../../base/duration.ts'
import { isRested, rest } from './again.ts'
import type { Effect, EndReason, Finding, Policy, Up, Watched } from './state.ts'
import { bigText } from './telling.ts'
import { isWanted, tell, enter, end, type Step } from './turn.ts'

export function probed(before: Watched, phase: Up, finding: Finding, policy: Policy, at: Milliseconds): Step {
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

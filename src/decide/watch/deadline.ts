import type { Milliseconds } from '../../base/duration.ts'
import type { Policy, Watched } from './state.ts'
import { isWanted } from './turn.ts'

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
      const tells = health.probe?.kind === 'notify'
      const asks = (health.probe !== undefined && !tells) || health.maxRss !== undefined
      const probe = (asks ? phase.probeAt : undefined) ?? Infinity
      const ping = (tells ? phase.pings?.by : undefined) ?? Infinity
      const old = health.maxAge === undefined ? Infinity : phase.since + health.maxAge
      const next = Math.min(probe, ping, old)
      return next === Infinity ? undefined : next
    }
    case 'looking':
    case 'down':
    case 'starting':
    case 'ending':
      return undefined
  }
}

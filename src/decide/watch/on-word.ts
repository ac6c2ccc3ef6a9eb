import type { Milliseconds } from '../../base/duration.ts'
import type { HealthSettings } from '../../definition/definition.ts'
import { toEnd, well } from './on-health.ts'
import type { Pings, Policy, Up, Watched, Word } from './state.ts'
import { enter, isWanted, stay, type Step } from './turn.ts'

/** It has said something of its health by itself: of the kind that systemd heeds, and as systemd does. sd_notify(3) */
export function said(state: Watched, phase: Up, word: Word, policy: Policy, at: Milliseconds): Step {
  const { health } = policy
  // Its definition was changed since: nothing of this is asked for any more.
  if (health?.probe?.kind !== 'notify') return stay(state)
  switch (word.kind) {
    case 'listening':
      return enter(state, { ...phase, pings: firstPing(phase, health, at) })
    case 'well':
      return well(state, { ...phase, pings: pingsFrom(at, phase.pings?.every ?? health.interval) }, policy, at)
    case 'ill':
      return isWanted(state) ? toEnd(state, phase, 'unhealthy', 'it asks for it by WATCHDOG=trigger') : stay(state)
    case 'leaving': {
      // It may take longer, but not for ever: should it hang at that, it is ended after all.
      const every = phase.pings?.every
      if (every === undefined) return stay(state)
      return enter(state, { ...phase, pings: { by: at + every * health.failures, every, leaving: true } })
    }
    case 'longer': {
      // Nothing but its end has a bound here: that it hangs must show, whatever it has asked for.
      const { pings } = phase
      if (pings?.leaving !== true) return stay(state)
      return enter(state, { ...phase, pings: { ...pings, by: Math.max(pings.by, at + word.by) } })
    }
    case 'every':
      return enter(state, { ...phase, pings: word.every === undefined ? undefined : pingsFrom(at, word.every) })
  }
}

const firstPing = ({ since }: Up, { startPeriod, interval }: HealthSettings, at: Milliseconds): Pings =>
  pingsFrom(Math.max(since + startPeriod, at), interval)

const pingsFrom = (at: Milliseconds, every: Milliseconds): Pings => ({ by: at + every, every })

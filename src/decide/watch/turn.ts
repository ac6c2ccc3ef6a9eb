import type { Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import type { DownWhy, Effect, EndReason, Looking, Phase, Policy, Unclear, Up, Watched } from './state.ts'
import type { Telling } from './telling.ts'

/** How soon something unclear is looked at again. */
export const LOOK_AGAIN: Milliseconds = 5_000

/** What an event has led to: the next state, and what is to be done. */
export interface Step {
  readonly state: Watched
  readonly effects: readonly Effect[]
}

export const isWanted = (state: Watched): boolean => state.want === 'up' && !state.paused

export function up(main: Identity, since: Milliseconds, { health }: Policy, at: Milliseconds): Up {
  const probeAt = health === undefined ? at : Math.max(since + health.startPeriod, at) + health.interval
  return { kind: 'up', main, since, failed: 0, succeeded: 0, healthy: true, probeAt, pings: undefined }
}

export const down = (why: DownWhy, exit?: Exit): Phase => ({ kind: 'down', why, exit })
export const tell = (what: Telling): Effect => ({ do: 'tell', what })
export const stay = (state: Watched): Step => ({ state, effects: [] })
export const enter = (state: Watched, phase: Phase, effects: readonly Effect[] = []): Step => ({
  state: { ...state, phase },
  effects,
})
export const respawn = (state: Watched, before: readonly Effect[] = []): Step =>
  enter(state, { kind: 'starting', wished: false }, [...before, { do: 'respawn' }])
/** The cool-down is over: the burst is counted anew. */
export const tryAgain = (state: Watched): Step =>
  respawn({ ...state, tally: { ...state.tally, starts: [] } }, [tell({ kind: 'trying-again' })])
export const end = (state: Watched, because: EndReason, main: Identity, before: readonly Effect[] = []): Step =>
  enter(state, { kind: 'ending', because, main }, [...before, { do: 'end', because, main }])
export const look = (state: Watched, phase: Looking): Step => enter(state, phase, [{ do: 'observe' }])
export const lookAgain = (state: Watched, { before, why }: Unclear): Step =>
  look(state, { kind: 'looking', before, toEnd: false, told: why })

import type { Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import { draw } from './chance.ts'
import type { Effect, Phase, Policy, Up, Watched } from './state.ts'
import { countFailure, isWithinBurst, recentStarts } from './tally.ts'
import type { Next } from './telling.ts'
import { down, enter, respawn, type Step } from './turn.ts'

/** It is down, it is wanted, and policy has it come back: at once, later, much later, or not at all. */
export function again(state: Watched, exit: Exit, policy: Policy, at: Milliseconds): Step & { readonly next: Next } {
  const { respawn: rules } = policy
  const hook: Effect = { do: 'hook', hook: 'on-failure' }
  if (!isWithinBurst(state.tally, rules, at)) {
    if (rules.giveUp) {
      return { ...enter(state, down('given-up', exit), [hook]), next: { kind: 'stay-down', why: 'given-up' } }
    }
    const phase: Phase = { kind: 'cooling-down', until: at + rules.coolDown, exit }
    const next: Next = {
      kind: 'cool-down',
      delay: rules.coolDown,
      starts: recentStarts(state.tally, rules, at).length,
      interval: rules.interval,
    }
    return { ...enter(state, phase, [hook]), next }
  }
  const { chance, seed } = draw(state.seed)
  const { tally, delay } = countFailure(state.tally, rules, chance)
  const counted: Watched = { ...state, tally, seed }
  if (delay === 0) return { ...respawn(counted, [hook]), next: { kind: 'at-once' } }
  return { ...enter(counted, { kind: 'backing-off', until: at + delay, exit }, [hook]), next: { kind: 'after', delay } }
}

/** Long enough up, and not failing: earlier failures are forgiven. */
export const isRested = (phase: Up, { respawn }: Policy, at: Milliseconds): boolean =>
  phase.healthy && at - phase.since >= respawn.resetAfter

export const rest = (state: Watched): Watched =>
  state.tally.failures === 0 ? state : { ...state, tally: { ...state.tally, failures: 0, lastDelay: 0 } }

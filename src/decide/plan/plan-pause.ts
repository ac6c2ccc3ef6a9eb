import type { Plan } from './plan.ts'
import type { Want } from './step.ts'

/**
 * What pause and resume do: they write down what the operator wishes of watchers, and touch no daemon. `wish` is the
 * one that is in force; `otherwise`, what a daemon that nobody ever started or stopped is to be.
 */
export function planPause(
  verb: 'pause' | 'resume',
  wish: { readonly want: Want; readonly paused: boolean } | undefined,
  otherwise: Want,
): Plan {
  const paused = verb === 'pause'
  if ((wish?.paused ?? false) === paused) {
    return { kind: 'nothing', why: paused ? 'it is paused already' : 'it is not paused', steps: [] }
  }
  return { kind: 'steps', steps: [{ do: 'wish', want: wish?.want ?? otherwise, paused }] }
}

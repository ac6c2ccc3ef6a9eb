import type { Milliseconds } from '../base/duration.ts'

/** How a process that has just been started looks at one moment. */
export interface Liveliness {
  readonly at: Milliseconds
  /** CPU time used so far, in clock ticks. proc_pid_stat(5), fields 14 and 15 */
  readonly cpu: number
  /** It waits for something (state S) rather than computing or reading its program in (R, D). */
  readonly waiting: boolean
}

/** How long a start without a probe may go on before being busy counts as being alive. */
export const LONGEST_SETTLING: Milliseconds = 1_000

/**
 * Has a daemon without a readiness probe settled? It has when it has waited for `quiet` without using the CPU:
 * most programs that cannot start (a port taken, a syntax error, a missing file) are busy until they die of it.
 * One that stays busy has settled after LONGEST_SETTLING. Nothing honest can be shorter without a probe.
 */
export function hasSettled(history: readonly Liveliness[], quiet: Milliseconds): boolean {
  const first = history[0]
  const last = history.at(-1)
  if (first === undefined || last === undefined) return false
  if (last.at - first.at >= Math.max(quiet, LONGEST_SETTLING)) return true
  let quietSince = last.at
  for (const moment of history.toReversed()) {
    if (!moment.waiting || moment.cpu !== last.cpu) break
    quietSince = moment.at
  }
  return last.at - quietSince >= quiet
}

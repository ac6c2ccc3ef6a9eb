import type { Milliseconds } from '../../base/duration.ts'
import type { RespawnSettings } from '../../definition/definition.ts'
import type { Exit } from '../exit.ts'

/** What became of earlier starts: all that backoff and burst limit need to know. Times are of the monotonic clock. */
export interface Tally {
  /** Ends and failed starts in a row, since it last ran for `reset-after` or an operator started it. */
  readonly failures: number
  /** The delay before the last respawn: the next is never shorter, until the row of failures is over. */
  readonly lastDelay: Milliseconds
  /** When the watcher started it, within the last `interval`: for the burst limit. */
  readonly starts: readonly Milliseconds[]
  /** Respawns altogether, for people. */
  readonly respawns: number
}

export const NO_TALLY: Tally = { failures: 0, lastDelay: 0, starts: [], respawns: 0 }

export const isWithinBurst = (tally: Tally, policy: RespawnSettings, at: Milliseconds): boolean =>
  recentStarts(tally, policy, at).length < policy.burst

export const recentStarts = (tally: Tally, policy: RespawnSettings, at: Milliseconds): readonly Milliseconds[] =>
  tally.starts.filter((start) => start > at - policy.interval)

export const countStart = (tally: Tally, policy: RespawnSettings, at: Milliseconds): Tally => ({
  ...tally,
  starts: [...recentStarts(tally, policy, at), at],
  respawns: tally.respawns + 1,
})

/**
 * The delay before the next respawn: none for the first after the daemon had run well; then `delay`, growing by
 * `factor` to `max-delay`. `jitter` takes a share of it away at random, so that a hundred daemons that lost one
 * server do not come back in one moment.
 */
export function countFailure(
  tally: Tally,
  policy: RespawnSettings,
  chance: number,
): { readonly tally: Tally; readonly delay: Milliseconds } {
  const { failures, lastDelay } = tally
  if (failures === 0) return { tally: { ...tally, failures: 1, lastDelay: 0 }, delay: 0 }
  // Bounded before it is multiplied: no delay at all, times infinity, is not a number.
  const growth = Math.min(policy.factor ** (failures - 1), Number.MAX_SAFE_INTEGER)
  const whole = Math.min(policy.delay * growth, policy.maxDelay)
  const delay = Math.max(Math.min(lastDelay, policy.maxDelay), Math.round(whole * (1 - policy.jitter * chance)))
  return { tally: { ...tally, failures: failures + 1, lastDelay: delay }, delay }
}

/** As systemd.service(5) has it, "Restart=": asked to end from outside, and ended, is no failure. */
const CLEAN_SIGNALS: ReadonlySet<string> = new Set(['HUP', 'INT', 'TERM', 'PIPE'])

/**
 * What an end that no operator asked for calls for. `prevent-exit` holds for every policy.
 *
 *   policy      exit status 0, success-exit, HUP INT TERM PIPE   everything else, and what nobody saw
 *   ----------  -----------------------------------------------  ------------------------------------
 *   never       stay down                                        stay down
 *   on-failure  stay down                                        respawn
 *   always      respawn                                          respawn
 */
export function afterExit(exit: Exit, policy: RespawnSettings): 'respawn' | 'finished' | 'prevented' {
  if (exit.kind === 'code' && policy.preventExit.includes(exit.code)) return 'prevented'
  switch (policy.policy) {
    case 'never':
      return 'finished'
    case 'always':
      return 'respawn'
    case 'on-failure':
      return isSuccess(exit, policy) ? 'finished' : 'respawn'
  }
}

function isSuccess(exit: Exit, policy: RespawnSettings): boolean {
  switch (exit.kind) {
    case 'code':
      return exit.code === 0 || policy.successExit.includes(exit.code)
    case 'signal':
      return CLEAN_SIGNALS.has(exit.signal)
    case 'unseen':
      return false
  }
}

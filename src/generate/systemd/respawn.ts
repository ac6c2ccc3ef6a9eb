import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import { timeSpan } from './time.ts'

export interface RespawnView {
  readonly restart: 'no' | 'on-failure' | 'always'
  readonly restartSec: string | undefined
  readonly steps: { readonly count: string; readonly maxDelay: string } | undefined
  readonly preventExit: string
  readonly successExit: string
  readonly burst: string | undefined
  readonly interval: string | undefined
}

/** The respawn policy. What a watcher does beyond it is a loss. */
export function respawnView(definition: Definition, version: number, losses: Losses): RespawnView {
  const { respawn, start } = definition
  const launcher = definition.type === 'forking' ? start.launcherExit.filter((status) => status !== 0) : []
  if (launcher.length > 0) {
    losses.note('start.launcher-exit', 'systemd does not tell launcher and daemon apart', 'SuccessExitStatus= of both')
  }
  const view = {
    preventExit: respawn.preventExit.join(' '),
    successExit: [...new Set([...respawn.successExit, ...launcher])].join(' '),
  }
  if (respawn.policy === 'never') {
    return { ...view, restart: 'no', restartSec: undefined, steps: undefined, burst: undefined, interval: undefined }
  }
  noteLosses(definition, version, losses)
  return {
    ...view,
    restart: respawn.policy,
    restartSec: timeSpan(respawn.delay),
    steps: steps(definition, version),
    burst: String(respawn.burst),
    interval: timeSpan(respawn.interval),
  }
}

/** RestartSteps= from 254 on: how often the delay grows by the factor until it is the longest. */
function steps({ respawn: { delay, factor, maxDelay } }: Definition, version: number): RespawnView['steps'] {
  if (version < 254 || factor <= 1 || delay <= 0 || maxDelay <= delay) return undefined
  const count = Math.max(1, Math.ceil(Math.log(maxDelay / delay) / Math.log(factor)))
  return { count: String(count), maxDelay: timeSpan(maxDelay) }
}

function noteLosses({ respawn }: Definition, version: number, losses: Losses): void {
  const { delay, factor, maxDelay, jitter, resetAfter, coolDown, giveUp, onExit } = respawn
  if (version < 254 && factor > 1 && maxDelay > delay) {
    const why = 'the delay between respawns grows from systemd 254 on'
    losses.note('respawn.factor', why, `every respawn waits ${timeSpan(delay)}`, factor)
    losses.note('respawn.max-delay', why, `every respawn waits ${timeSpan(delay)}`, maxDelay)
  } else if (delay === 0 && factor > 1) {
    losses.note('respawn.factor', 'no delay cannot grow', 'every respawn is at once', factor)
  }
  if (jitter > 0) {
    losses.note('respawn.jitter', 'systemd leaves nothing of a delay to chance', 'the delay is as it is', jitter)
  }
  losses.note(
    'respawn.reset-after',
    'systemd counts respawns until the daemon is stopped',
    'the delay does not shrink again by itself',
    resetAfter,
  )
  if (!giveUp) {
    losses.note(
      'respawn.cool-down',
      'systemd does not try again once the burst limit is hit',
      'the unit stays failed; "systemctl reset-failed" and a start begin anew',
      coolDown,
    )
  }
  if (onExit !== 'respawn') {
    losses.note('respawn.on-exit', 'systemd sees each instance for itself', 'the other instances run on', onExit)
  }
}

import type { Failure, Reason } from '../base/failure.ts'

/** LSB, init script actions (iniscrptact). 150 to 199 are the application's own: ours are below. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unsupported: 3,
  notPermitted: 4,
  notInstalled: 5,
  notConfigured: 6,
  notRunning: 7,
  /** Interrupted by a signal, as shells have it: 128 and the signal's number. */
  interrupted: 130,
  /** A mistake of our own. */
  bug: 150,
} as const

const STATUS_OF: Readonly<Record<Reason, number>> = {
  failed: EXIT.failed,
  timeout: EXIT.failed,
  busy: EXIT.failed,
  survivors: EXIT.failed,
  'unknown-condition': EXIT.failed,
  usage: EXIT.usage,
  unsupported: EXIT.unsupported,
  'not-permitted': EXIT.notPermitted,
  'not-installed': EXIT.notInstalled,
  'not-configured': EXIT.notConfigured,
  'not-running': EXIT.notRunning,
  interrupted: EXIT.interrupted,
}

export const exitStatusOf = (failure: Failure | undefined): number =>
  failure === undefined ? EXIT.done : STATUS_OF[failure.reason]

/** Of several names: the worst. */
export const worst = (statuses: readonly number[]): number => Math.max(0, ...statuses)

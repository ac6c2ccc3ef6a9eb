import type { Clock } from './host.ts'

/** The one place where time is read and waited for. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now(): the first look at `performance` loads what takes longer than a status.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (span, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, span)
      signal?.addEventListener('abort', wake)
    }),
}

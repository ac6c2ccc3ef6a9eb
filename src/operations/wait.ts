import type { Milliseconds } from '../base/duration.ts'
import type { Run } from './run.ts'

/** A wait is told of on a terminal when it has lasted this long, and again as often. */
const TELL_EVERY: Milliseconds = 1000

/**
 * Waits for the first of several events, `within` at most (undefined: none came in time). What still waits is
 * aborted through the signal. Tells what is waited for, and how long yet. By `patience` the end is put off, as often
 * as it says so, until a moment of the monotonic clock.
 */
export async function waitFor<T>(
  { host, progress }: Pick<Run, 'host' | 'progress'>,
  what: string,
  within: Milliseconds,
  events: (signal: AbortSignal) => readonly Promise<T>[],
  patience: () => Milliseconds = () => 0,
): Promise<T | undefined> {
  const over = new AbortController()
  const since = host.clock.monotonic()
  const deadline = isOver()
  void tell()
  try {
    return await Promise.race([deadline, ...events(over.signal)])
  } finally {
    over.abort()
  }
  async function isOver(): Promise<undefined> {
    let left = within
    do {
      await host.clock.sleep(left, over.signal)
      left = over.signal.aborted ? 0 : patience() - host.clock.monotonic()
    } while (left > 0)
    return undefined
  }
  async function tell(): Promise<void> {
    for (;;) {
      await host.clock.sleep(TELL_EVERY, over.signal)
      if (over.signal.aborted) return
      progress.waiting(what, host.clock.monotonic() - since, Math.max(within, patience() - since))
    }
  }
}

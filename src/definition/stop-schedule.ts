import type { Milliseconds } from '../base/duration.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseSignal, type SignalName } from '../base/signals.ts'

/**
 * A stop schedule: signals and waits in turn, `TERM/20/KILL/5` as in start-stop-daemon(8), --retry.
 * With `forever` the steps from `repeatFrom` on are repeated until the daemon has ended.
 */
export interface StopSchedule {
  readonly steps: readonly StopStep[]
  readonly repeatFrom: number | undefined
}

export interface StopStep {
  readonly signal: SignalName
  /** How long the daemon may take to end before the next step. */
  readonly wait: Milliseconds
}

/** Waited for after a signal that no wait follows. */
const LAST_WAIT: Milliseconds = 5_000

/**
 * Reads `TERM/20/KILL/5`, `-TERM/20/forever/KILL/5`, or a lone timeout `20`, which start-stop-daemon takes
 * to mean TERM/20/KILL/20. Waits are in seconds.
 */
export function parseStopSchedule(text: string): Result<StopSchedule, string> {
  const wrong = (what: string): Result<StopSchedule, string> =>
    err(`${JSON.stringify(text)} is not a stop schedule such as "TERM/20/KILL/5": ${what}`)
  const items = text.split('/').map((item) => item.trim())
  // A number is a wait, never a signal: 9 means nine seconds.
  if (items.length === 1 && isSeconds(items[0])) return parseStopSchedule(`TERM/${items[0]}/KILL/${items[0]}`)
  const steps: StopStep[] = []
  let repeatFrom: number | undefined
  for (const [index, item] of items.entries()) {
    if (item === '') return wrong('a part of it is empty')
    if (item.toLowerCase() === 'forever') {
      if (repeatFrom !== undefined) return wrong('"forever" stands twice')
      repeatFrom = steps.length
      continue
    }
    if (isSeconds(item)) {
      const last = steps.at(-1)
      if (last === undefined || isSeconds(items[index - 1])) return wrong(`the wait ${item} follows no signal`)
      steps[steps.length - 1] = { signal: last.signal, wait: Number(item) * 1000 }
      continue
    }
    const signal = parseSignal(item)
    if (!signal.ok) return wrong(signal.error)
    steps.push({ signal: signal.value, wait: isSeconds(items[index + 1]) ? 0 : LAST_WAIT })
  }
  if (steps.length === 0) return wrong('it has no signal')
  if (repeatFrom !== undefined && repeatFrom >= steps.length) return wrong('nothing follows "forever"')
  return ok({ steps, repeatFrom })
}

export function formatStopSchedule(schedule: StopSchedule): string {
  return schedule.steps
    .map((step, index) => `${index === schedule.repeatFrom ? 'forever/' : ''}${step.signal}/${step.wait / 1000}`)
    .join('/')
}

/** The longest time a schedule takes; Infinity when it repeats. */
export function longestStop(schedule: StopSchedule): Milliseconds {
  return schedule.repeatFrom === undefined ? schedule.steps.reduce((sum, step) => sum + step.wait, 0) : Infinity
}

function isSeconds(item: string | undefined): boolean {
  return item !== undefined && /^\d+(\.\d+)?$/.test(item)
}

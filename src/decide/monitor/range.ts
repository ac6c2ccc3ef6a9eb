import { err, ok, type Result } from '../../base/result.ts'

/**
 * A range of values that are alright, or with `@` that are not. Nagios Plugins Development Guidelines, "Threshold
 * and Ranges": `10` (0 to 10), `10:` (10 and more), `~:10` (10 and less), `10:20`, `@10:20` (alert inside).
 */
export interface Range {
  readonly from: number
  readonly to: number
  readonly alertInside: boolean
  /** As it was written: performance data repeats it. */
  readonly text: string
}

export function parseRange(text: string): Result<Range, string> {
  const parts = /^(@?)(?:(~|-?\d+(?:\.\d+)?):)?(-?\d+(?:\.\d+)?)?$/.exec(text)
  const [, at, start, end] = parts ?? []
  if (parts === null || (start === undefined && end === undefined)) {
    return err(`${JSON.stringify(text)} is not a range, such as 10, 10:, ~:10, 10:20 or @10:20`)
  }
  const from = start === undefined ? 0 : start === '~' ? -Infinity : Number(start)
  const to = end === undefined ? Infinity : Number(end)
  if (from > to) return err(`${JSON.stringify(text)}: a range begins before it ends`)
  return ok({ from, to, alertInside: at === '@', text })
}

export const alerts = ({ from, to, alertInside }: Range, value: number): boolean =>
  (value >= from && value <= to) === alertInside

import { err, ok, type Result } from './result.ts'

/** A span of time in milliseconds. */
export type Milliseconds = number

const UNITS: Readonly<Record<string, Milliseconds>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * Reads "100ms", "30s", "1m", "1h 30m" or a bare number of seconds (systemd.time's manner).
 * The error says what is wrong, without the place.
 */
export function parseDuration(text: string | number): Result<Milliseconds, string> {
  if (typeof text === 'number') {
    return Number.isFinite(text) && text >= 0 ? ok(text * 1000) : err(`${text} is not a duration`)
  }
  const source = text.trim()
  if (/^\d+(\.\d+)?$/.test(source)) return ok(Number(source) * 1000)
  const parts = [...source.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy)]
  const length = parts.reduce((sum, part) => sum + part[0].length, 0)
  if (parts.length === 0 || length !== source.length) {
    return err(`${JSON.stringify(text)} is not a duration, such as "100ms", "30s" or "1h 30m"`)
  }
  let total = 0
  for (const [, amount, unit] of parts) {
    const factor = UNITS[unit ?? '']
    if (factor === undefined) return err(`${JSON.stringify(unit)} is not a unit of time (ms, s, m, h, d)`)
    total += Number(amount) * factor
  }
  return ok(total)
}

/** Writes a span for people: "340 ms", "4.2 s", "3 min 5 s", "2 h 10 min", "5 d 3 h". */
export function formatDuration(span: Milliseconds): string {
  if (span < 1000) return `${Math.round(span)} ms`
  const seconds = span / 1000
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return two(minutes, 'min', Math.floor(seconds % 60), 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min')
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

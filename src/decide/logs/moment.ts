import { parseDuration } from '../../base/duration.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { EpochMilliseconds } from '../process-facts.ts'

const DAY = 86_400_000

/**
 * A moment as a person writes it: "10m", "2h ago" (a span before now), "14:30" (today), "2026-11-21",
 * "2026-11-21 14:30", ISO 8601 with or without a zone, "@1763735400" (seconds since 1970), "today", "yesterday", "now".
 * Without a zone it is the local time.
 */
export function parseMoment(text: string, now: EpochMilliseconds): Result<EpochMilliseconds, string> {
  const source = text.trim()
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  switch (source) {
    case 'now':
      return ok(now)
    case 'today':
      return ok(midnight)
    case 'yesterday':
      return ok(new Date(midnight - DAY / 2).setHours(0, 0, 0, 0))
  }
  const epoch = /^@(\d+(?:\.\d+)?)$/.exec(source)?.[1]
  if (epoch !== undefined) return ok(Number(epoch) * 1000)
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(source)
  if (clock !== null) {
    const [, hour, minute, second = '0'] = clock
    if (Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) {
      return ok(new Date(now).setHours(Number(hour), Number(minute), Number(second), 0))
    }
  }
  if (/^\d{4}-\d\d-\d\d/.test(source)) {
    // A date alone would be taken for one in UTC.
    const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(source) ? `${source}T00:00` : source.replace(' ', 'T'))
    if (!Number.isNaN(at)) return ok(at)
  }
  const span = parseDuration(source.replace(/^-/, '').replace(/\s*ago$/, ''))
  if (span.ok && /[a-z]/.test(source)) return ok(now - span.value)
  return err(`${JSON.stringify(text)} is no time, such as "10m", "14:30", "2026-11-21 14:30" or "yesterday"`)
}

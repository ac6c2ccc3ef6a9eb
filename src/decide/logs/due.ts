import { formatDuration } from '../../base/duration.ts'
import { formatSize, type Bytes } from '../../base/size.ts'
import type { LogSettings } from '../../definition/definition.ts'
import type { EpochMilliseconds } from '../process-facts.ts'

/** Why a log is rotated now; undefined: it is not. */
export function whyDue(
  settings: Pick<LogSettings, 'maxSize' | 'maxAge'>,
  live: { readonly size: Bytes; readonly since: EpochMilliseconds },
  now: EpochMilliseconds,
): string | undefined {
  const { maxSize, maxAge } = settings
  if (live.size === 0) return undefined
  if (maxSize !== undefined && live.size >= maxSize) return `it has ${formatSize(live.size)}`
  if (maxAge === undefined) return undefined
  // A beginning in the future: the clock was set back since. It is rotated once, and counted from now on.
  if (live.since > now) return 'the clock was set back since it began'
  return now - live.since >= maxAge ? `it is ${formatDuration(now - live.since)} old` : undefined
}

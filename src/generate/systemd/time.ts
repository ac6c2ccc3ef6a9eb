import type { Milliseconds } from '../../base/duration.ts'

/** A time span as unit files have it: "20s", "100ms", "infinity". systemd.time(7) */
export function timeSpan(span: Milliseconds): string {
  if (!Number.isFinite(span)) return 'infinity'
  return span % 1000 === 0 ? `${span / 1000}s` : `${Math.round(span)}ms`
}

/** A bound: 0 would mean none at all. systemd.service(5), TimeoutStopSec= */
export const bound = (span: Milliseconds): string => timeSpan(Math.max(1, span))

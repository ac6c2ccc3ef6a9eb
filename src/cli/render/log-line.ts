import { printable } from '../../base/text.ts'
import type { LogLine } from '../../decide/logs/line-splitter.ts'
import type { EpochMilliseconds } from '../../decide/process-facts.ts'

/** A line as a terminal may see it: whatever would command the terminal is shown instead, and so is what is no UTF-8. */
export function shownLine(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd')) return printable(text)
  return printable(withEscapes(bytes))
}

/** Bytes that are no UTF-8 as \xNN; the rest is decoded. */
function withEscapes(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0)
    const sequence = bytes.subarray(at, at + length)
    const decoded = sequence.toString('utf8')
    if (length > 0 && sequence.length === length && !decoded.includes('\ufffd')) {
      text += decoded
      at += length
    } else {
      text += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
      at += 1
    }
  }
  return text
}

/** By the first byte of a sequence. RFC 3629 */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first >= 0xc2 && first < 0xe0) return 2
  if (first >= 0xe0 && first < 0xf0) return 3
  return first >= 0xf0 && first < 0xf5 ? 4 : 0
}

/** One line of JSON for each line of a log. docs/json.md */
export function logLineJson(name: string, line: LogLine, time: EpochMilliseconds | undefined): string {
  const text = line.bytes.toString('utf8')
  return JSON.stringify({
    version: 1,
    name,
    time: time === undefined ? null : new Date(time).toISOString(),
    line: text,
    ...(line.ended ? {} : { partial: true }),
    // What is no UTF-8 is here as it is.
    ...(text.includes('\ufffd') ? { base64: line.bytes.toString('base64') } : {}),
  })
}

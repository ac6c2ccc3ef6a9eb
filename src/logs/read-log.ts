import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import { LineSplitter, type LogLine } from '../decide/logs/line-splitter.ts'
import { timeOfLine } from '../decide/logs/line-time.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { Host } from '../host/host.ts'
import { firstPlace, sincePlace, tailPlace } from './log-places.ts'
import { LogReader } from './log-reader.ts'
import type { Place } from './log-view.ts'

/** What is wanted of a log. */
export interface ReadOptions {
  /** The last so many lines; of those that match, if something is to match. */
  readonly lines: number | 'all'
  readonly follow: boolean
  readonly since: EpochMilliseconds | undefined
  readonly until: EpochMilliseconds | undefined
  readonly grep: RegExp | undefined
  /** The time of each line is wanted, for merging or for programs. */
  readonly times: boolean
  readonly signal: AbortSignal
}

export type LogEvent =
  | { readonly kind: 'line'; readonly line: LogLine; readonly time: EpochMilliseconds | undefined }
  /** Bytes as they are, where nobody asks for lines. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'note'; readonly text: string }
  /** All that there is has been read: from here on it is what comes. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'failed'; readonly failure: Failure }

type Readable = Pick<Host, 'logs' | 'clock'>

/** A log as a stream of lines, from where it is to begin to its end, or for ever. */
export async function* readLog(host: Readable, path: string, options: ReadOptions): AsyncGenerator<LogEvent> {
  const begun = await beginning(host, path, options)
  if (!begun.ok) {
    yield { kind: 'failed', failure: begun.error }
    return
  }
  if (begun.value.note !== undefined) yield { kind: 'note', text: begun.value.note }
  const events = select(host, chunks(host, path, begun.value.place, options), options, begun.value.within)
  // The last lines that match can be told only when all have been looked at.
  const { lines } = options
  yield* lines !== 'all' && selects(options) ? lastOf(events, lines) : events
}

/** The same as bytes: nothing is looked at. */
export async function* readBytes(host: Readable, path: string, options: ReadOptions): AsyncGenerator<LogEvent> {
  const begun = await beginning(host, path, options)
  if (begun.ok) yield* chunks(host, path, begun.value.place, options)
  else yield { kind: 'failed', failure: begun.error }
}

const selects = ({ since, until, grep }: ReadOptions): boolean =>
  since !== undefined || until !== undefined || grep !== undefined

interface Beginning {
  readonly place: Place
  /** It may be within a line, or within what belongs to an older one. */
  readonly within: boolean
  readonly note?: string
}

async function beginning(host: Readable, path: string, options: ReadOptions): Promise<Result<Beginning, Failure>> {
  const { lines, since } = options
  if (since !== undefined) {
    const found = await sincePlace(host, path, since)
    if (!found.ok) return found
    const { place, byRotation, within } = found.value
    const note = `the lines of ${path} do not tell their times: it begins with the archive that was begun before`
    return ok({ place, within, ...(byRotation ? { note } : {}) })
  }
  const placed = lines === 'all' || selects(options) ? firstPlace(host, path) : tailPlace(host, path, lines)
  const place = await placed
  return place.ok ? ok({ place: place.value, within: false }) : place
}

async function* chunks(
  host: Readable,
  path: string,
  place: Place,
  { follow, signal }: ReadOptions,
): AsyncGenerator<LogEvent> {
  const reader = new LogReader(host, path, place)
  try {
    while (!signal.aborted) {
      const read = await reader.read()
      if (!read.ok) {
        yield { kind: 'failed', failure: read.error }
        return
      }
      if (read.value.kind !== 'end') {
        yield read.value
        continue
      }
      yield { kind: 'caught-up' }
      if (!follow) return
      yield* awaitMore(host, path, reader, signal)
    }
  } finally {
    reader.close()
  }
}

/** The watch is set before the last look, so that nothing can come between. */
async function* awaitMore(
  host: Readable,
  path: string,
  reader: LogReader,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const watching = new AbortController()
  const stop = (): void => watching.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const changed = host.logs.changed(path, watching.signal)
    const read = await reader.read()
    if (!read.ok) yield { kind: 'failed', failure: read.error }
    else if (read.value.kind === 'end') await changed
    else yield read.value
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
  }
}

/** Lines of the bytes, and of those the ones that are wanted. */
async function* select(
  host: Readable,
  events: AsyncGenerator<LogEvent>,
  { since, until, grep, times, follow }: ReadOptions,
  within: boolean,
): AsyncGenerator<LogEvent> {
  const splitter = new LineSplitter()
  const timed = times || since !== undefined || until !== undefined
  const now = host.clock.now()
  /** A line that does not tell its time was written with the one before it. */
  let time: EpochMilliseconds | undefined
  let passed = false
  const chosen = (line: LogLine): LogEvent | undefined => {
    if (timed) time = timeOfLine(line.bytes.toString('latin1', 0, 300), now) ?? time
    if (until !== undefined && time !== undefined && time > until) passed = true
    if (within && time === undefined) return undefined
    if (passed || (since !== undefined && time !== undefined && time < since)) return undefined
    if (grep !== undefined && !grep.test(line.bytes.toString('utf8'))) return undefined
    return { kind: 'line', line, time }
  }
  for await (const event of events) {
    // What is being followed will go on with the line that has no end yet.
    const rest = event.kind === 'caught-up' && !follow ? splitter.flush() : []
    const lines = event.kind === 'bytes' ? splitter.push(event.bytes) : rest
    for (const line of lines) {
      const one = chosen(line)
      if (one !== undefined) yield one
    }
    if (passed) break
    if (event.kind !== 'bytes') yield event
  }
  if (passed) return
  for (const line of splitter.flush()) {
    const one = chosen(line)
    if (one !== undefined) yield one
  }
}

/** The last lines of what there is, then all that comes. */
async function* lastOf(events: AsyncGenerator<LogEvent>, most: number): AsyncGenerator<LogEvent> {
  const kept: LogEvent[] = []
  let caughtUp = false
  for await (const event of events) {
    if (caughtUp || event.kind === 'note' || event.kind === 'failed') {
      yield event
    } else if (event.kind === 'caught-up') {
      caughtUp = true
      yield* kept.slice(kept.length - Math.min(kept.length, most))
      yield event
    } else {
      kept.push(
        event.kind === 'line' ? { ...event, line: { ...event.line, bytes: Buffer.from(event.line.bytes) } } : event,
      )
      if (kept.length > 2 * most + 1000) kept.splice(0, kept.length - most)
    }
  }
  if (!caughtUp) yield* kept.slice(kept.length - Math.min(kept.length, most))
}

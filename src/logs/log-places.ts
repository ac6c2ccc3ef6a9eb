import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import { LineSplitter } from '../decide/logs/line-splitter.ts'
import { timeOfLine } from '../decide/logs/line-time.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { Host } from '../host/host.ts'
import type { OpenPiece } from '../host/log-files.ts'
import { stampOf, viewLog, type LogView, type Place, type ViewedPiece } from './log-view.ts'

type Readable = Pick<Host, 'logs' | 'clock'>

const NEWLINE = 0x0a
const BLOCK = 64 * 1024
/** A line tells its time near its beginning. */
const TIME_WITHIN = 300
/** So far a line that tells its time is looked for. */
const LOOKED_FOR = 256 * 1024
/** What is left of a bisection is read from its beginning. */
const SMALL = 64 * 1024

/** The beginning of all that there is. */
export async function firstPlace(host: Readable, path: string): Promise<Result<Place, Failure>> {
  const viewed = await viewLog(host, path)
  return viewed.ok ? ok({ number: viewed.value.pieces[0]?.number ?? 1, offset: 0 }) : viewed
}

/** The end of all that there is. */
export async function endPlace(host: Readable, path: string): Promise<Result<Place, Failure>> {
  const viewed = await viewLog(host, path)
  if (!viewed.ok) return viewed
  const last = viewed.value.pieces.at(-1)
  if (last === undefined) return ok({ number: 1, offset: 0 })
  const live = last.file === 'live' ? host.logs.live(path) : ok(undefined)
  if (!live.ok) return live
  if (live.value === undefined) return ok({ number: last.number + 1, offset: 0 })
  return ok({ number: last.number, offset: live.value.size })
}

/** Where the last lines begin: found from the end, whatever the size of the log. A line without an end counts. */
export async function tailPlace(host: Readable, path: string, lines: number): Promise<Result<Place, Failure>> {
  if (lines === 0) return endPlace(host, path)
  return unrotated(host, path, async (view) => {
    let missing = lines
    // The newline at the very end of the log begins no line.
    let atEnd = true
    for (const piece of view.pieces.toReversed()) {
      const counted = await withPiece(host, path, piece, (opened) =>
        opened.compression === 'none' ? countBack(opened, missing, atEnd) : countAll(opened, missing, atEnd),
      )
      if (!counted.ok) return counted
      if (counted.value === undefined) return ok(undefined)
      const { offset, newlines, empty } = counted.value
      if (offset !== undefined) return ok({ number: piece.number, offset })
      missing -= newlines
      atEnd &&= empty
    }
    return ok({ number: view.pieces[0]?.number ?? 1, offset: 0 })
  })
}

interface Counted {
  /** Behind the newline that was looked for; undefined: there are not so many here. */
  readonly offset: number | undefined
  readonly newlines: number
  readonly empty: boolean
}

function countBack(piece: OpenPiece, wanted: number, atEnd: boolean): Counted {
  const size = piece.size()
  let newlines = 0
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK)
    const block = piece.read(start, end - start)
    for (let at = block.lastIndexOf(NEWLINE); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
      if (atEnd && start + at === size - 1) continue
      newlines += 1
      if (newlines === wanted) return { offset: start + at + 1, newlines, empty: false }
    }
    end = start
  }
  return { offset: undefined, newlines, empty: size === 0 }
}

/** Of a compressed archive the end is found only by decompressing all of it. */
async function countAll(piece: OpenPiece, wanted: number, atEnd: boolean): Promise<Counted> {
  const last: number[] = []
  let size = 0
  let newlines = 0
  for await (const chunk of piece.stream()) {
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
      // A ring: one more than wanted, for the one at the very end may not count.
      last[newlines % (wanted + 1)] = size + at
      newlines += 1
    }
    size += chunk.length
  }
  const skip = atEnd && newlines > 0 && last[(newlines - 1) % (wanted + 1)] === size - 1 ? 1 : 0
  const counting = newlines - skip
  if (counting < wanted) return { offset: undefined, newlines: counting, empty: size === 0 }
  return { offset: (last[(counting - wanted) % (wanted + 1)] ?? 0) + 1, newlines: counting, empty: false }
}

export interface Since {
  readonly place: Place
  /** Its lines do not tell their times: what is known is when archives were made. */
  readonly byRotation: boolean
  /** What comes there before the first line that tells its time belongs to an older line, or is a part of one. */
  readonly within: boolean
}

/**
 * Where the lines of a time begin: the piece by its first line that tells its time, then by bisection in it. That the
 * lines are in order is taken for granted. Of a compressed archive nothing is bisected: it is given from its beginning.
 */
export async function sincePlace(
  host: Readable,
  path: string,
  since: EpochMilliseconds,
): Promise<Result<Since, Failure>> {
  const now = host.clock.now()
  return unrotated(host, path, async (view): Promise<Result<Since | undefined, Failure>> => {
    const [first] = view.pieces
    if (first === undefined) return ok({ place: { number: 1, offset: 0 }, byRotation: false, within: false })
    let told = false
    for (const piece of view.pieces.toReversed()) {
      const begins = await withPiece(host, path, piece, (opened) => firstTime(opened, now))
      if (!begins.ok) return begins
      if (begins.value === undefined) return ok(undefined)
      told ||= begins.value !== 'untold'
      if (begins.value === 'untold' || (begins.value >= since && piece !== first)) continue
      const offset = await withPiece(host, path, piece, (opened) => bisect(opened, since, now))
      if (!offset.ok) return offset
      if (offset.value === undefined) return ok(undefined)
      const within = piece !== first || offset.value > 0
      return ok({ place: { number: piece.number, offset: offset.value }, byRotation: false, within })
    }
    if (told) return ok({ place: { number: first.number, offset: 0 }, byRotation: false, within: false })
    const piece = view.pieces.find(({ until }) => until === undefined || until >= since) ?? first
    return ok({ place: { number: piece.number, offset: 0 }, byRotation: true, within: false })
  })
}

async function firstTime(piece: OpenPiece, now: EpochMilliseconds): Promise<EpochMilliseconds | 'untold'> {
  const splitter = new LineSplitter()
  let looked = 0
  for await (const chunk of piece.stream()) {
    for (const { bytes } of splitter.push(chunk)) {
      const time = timeOfLine(bytes.toString('latin1', 0, 300), now)
      if (time !== undefined) return time
    }
    looked += chunk.length
    if (looked > LOOKED_FOR) break
  }
  return 'untold'
}

/** The beginning of a line before which all lines are older; what follows is then read and compared line by line. */
function bisect(piece: OpenPiece, since: EpochMilliseconds, now: EpochMilliseconds): number {
  if (piece.compression !== 'none') return 0
  let low = 0
  let high = piece.size()
  while (high - low > SMALL) {
    const middle = low + Math.floor((high - low) / 2)
    const line = timedLineAfter(piece, middle, high, now)
    if (line === undefined || line.time >= since) high = middle
    else low = line.offset
  }
  return low
}

/** The first whole line behind an offset, and before a limit, that tells its time. */
function timedLineAfter(
  piece: OpenPiece,
  offset: number,
  limit: number,
  now: EpochMilliseconds,
): { readonly offset: number; readonly time: EpochMilliseconds } | undefined {
  // Blocks overlap, so that of each line that begins in one enough is there.
  for (let at = offset; at < limit; at += BLOCK - TIME_WITHIN) {
    const block = piece.read(at, BLOCK)
    const last = Math.min(limit - at, BLOCK - TIME_WITHIN)
    for (let newline = block.indexOf(NEWLINE); newline !== -1 && newline < last;) {
      const next = block.indexOf(NEWLINE, newline + 1)
      const stop = Math.min(next === -1 ? block.length : next, newline + 1 + TIME_WITHIN)
      const time = timeOfLine(block.toString('latin1', newline + 1, stop), now)
      if (time !== undefined) return { offset: at + newline + 1, time }
      newline = next
    }
  }
  return undefined
}

async function withPiece<T>(
  host: Readable,
  path: string,
  piece: ViewedPiece,
  use: (opened: OpenPiece) => T | Promise<T>,
): Promise<Result<T | undefined, Failure>> {
  const opened = host.logs.open(path, piece.file)
  if (!opened.ok) return opened
  if (opened.value === undefined) return ok(undefined)
  try {
    return ok(await use(opened.value))
  } finally {
    opened.value.close()
  }
}

/** Looks again if the log was rotated, or a piece vanished (undefined), while it was looked at. */
async function unrotated<T>(
  host: Readable,
  path: string,
  look: (view: LogView) => Promise<Result<T | undefined, Failure>>,
): Promise<Result<T, Failure>> {
  for (;;) {
    const viewed = await viewLog(host, path)
    if (!viewed.ok) return viewed
    const found = await look(viewed.value)
    if (!found.ok) return found
    if (found.value !== undefined && stampOf(host, path) === viewed.value.stamp) return ok(found.value)
  }
}

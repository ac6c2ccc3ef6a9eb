import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import type { Host } from '../host/host.ts'
import type { OpenPiece } from '../host/log-files.ts'
import { stampOf, viewLog, type LogView, type Place, type ViewedPiece } from './log-view.ts'

export type Read =
  /** Good until the next call. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Nothing more for now. */
  | { readonly kind: 'end' }
  /** Something that whoever reads should know: what was removed before it was read. */
  | { readonly kind: 'note'; readonly text: string }

/** So long a writer may leave an archive alone before what it might still write there is no longer awaited. */
const LINGER: Milliseconds = 5_000

type Readable = Pick<Host, 'logs' | 'clock'>

/**
 * Reads a log from a place on, through archives into the live file, and goes on where it was however often the log is
 * rotated meanwhile. The bytes of a read count only if nothing was rotated while they were read: a cut-out head shifts
 * all that follows.
 */
export class LogReader {
  readonly #host: Readable
  readonly #path: string
  #place: Place
  #open: { readonly number: number; readonly piece: OpenPiece } | undefined
  /** The rest of a compressed archive. */
  #stream: AsyncIterator<Buffer> | undefined
  #quietSince: Milliseconds | undefined
  /** The last look, good as long as nothing was rotated. */
  #view: LogView | undefined

  constructor(host: Readable, path: string, place: Place) {
    this.#host = host
    this.#path = path
    this.#place = place
  }

  get place(): Place {
    return this.#place
  }

  close(): void {
    void this.#stream?.return?.()
    this.#stream = undefined
    this.#open?.piece.close()
    this.#open = undefined
  }

  async read(): Promise<Result<Read, Failure>> {
    for (;;) {
      // A compressed archive does not change: it is read to its end without looking around.
      if (this.#stream !== undefined) {
        const chunk = await this.#stream.next()
        if (chunk.done !== true) return ok(this.#took(chunk.value))
        this.#goTo({ number: this.#place.number + 1, offset: 0 })
      }
      const viewed = await this.#look()
      if (!viewed.ok) return viewed
      const outcome = await this.#readIn(viewed.value)
      if (outcome !== 'again') return outcome
      this.#view = undefined
    }
  }

  async #look(): Promise<Result<LogView, Failure>> {
    const known = this.#view
    const same = known !== undefined && known.stamp === stampOf(this.#host, this.#path)
    if (same && !known.unsettled) return ok(known)
    const viewed = await viewLog(this.#host, this.#path, same ? 0 : undefined)
    this.#view = viewed.ok ? viewed.value : undefined
    return viewed
  }

  async #readIn(view: LogView): Promise<Result<Read, Failure> | 'again'> {
    const { number } = this.#place
    const piece = view.pieces.find((one) => one.number === number)
    if (piece === undefined) return this.#leap(view)
    return piece.file === 'live' ? this.#readLive(piece, view) : this.#readArchive(piece, view)
  }

  /** The piece is not there: it was removed, or is yet to be made. */
  #leap(view: LogView): Result<Read, Failure> | 'again' {
    const { number, offset } = this.#place
    const length = view.lengths.get(number)
    if (length !== undefined && offset >= length) {
      this.#goTo({ number: number + 1, offset: offset - length })
      return 'again'
    }
    const held = this.#open
    // What has been opened can be read to its end, even if it has been removed. (The live file is another piece now.)
    const isLive = view.pieces.some(({ file, id }) => file === 'live' && id?.inode === held?.piece.file.inode)
    if (held !== undefined && held.number === number && held.piece.compression === 'none' && !isLive) {
      const bytes = held.piece.read(offset)
      if (bytes.length > 0) return ok(this.#took(bytes))
    }
    const next = view.pieces.find((piece) => piece.number > number)
    if (next === undefined) return ok({ kind: 'end' })
    this.#goTo({ number: next.number, offset: 0 })
    if (held?.number === number && !isLive) return 'again'
    const missing = next.number - number
    const what = missing === 1 ? `archive ${number}` : `${missing} archives`
    return ok({ kind: 'note', text: `${what} of ${this.#path} had been removed before it could be read` })
  }

  async #readLive(piece: ViewedPiece, view: LogView): Promise<Result<Read, Failure> | 'again'> {
    const opened = this.#hold(piece)
    if (!opened.ok) return opened
    const live = opened.value
    if (live === undefined) return 'again'
    const { number, offset } = this.#place
    const bytes = live.read(offset)
    if (stampOf(this.#host, this.#path) !== view.stamp) return 'again'
    if (view.unsettled) {
      const after = await viewLog(this.#host, this.#path, 0)
      const { stamp, pieces } = view
      if (after.ok && (after.value.stamp !== stamp || after.value.pieces.length !== pieces.length)) return 'again'
    }
    if (bytes.length > 0) return ok(this.#took(bytes))
    if (live.size() < offset) {
      this.#goTo({ number, offset: 0 })
      return ok({ kind: 'note', text: `${this.#path} was truncated by somebody else: lines may be missing` })
    }
    // Replaced by somebody else's rotation: what we hold has been read to its end, so the new file is next.
    if (piece.id !== undefined && piece.id.inode !== live.file.inode) {
      if (this.#mayGrow(live, true)) return ok({ kind: 'end' })
      this.#goTo({ number, offset: 0 })
      return 'again'
    }
    return ok({ kind: 'end' })
  }

  async #readArchive(piece: ViewedPiece, view: LogView): Promise<Result<Read, Failure> | 'again'> {
    const { offset } = this.#place
    const next: Place = { number: piece.number + 1, offset: 0 }
    // It was the live file when we read so far; what we have read beyond its end is in the piece behind it.
    if (piece.bytes !== undefined && offset >= piece.bytes) {
      this.#goTo({ ...next, offset: offset - piece.bytes })
      return 'again'
    }
    const opened = this.#hold(piece)
    if (!opened.ok) return opened
    const archive = opened.value
    if (archive === undefined) return 'again'
    if (archive.compression !== 'none') return this.#begin(archive, offset)
    const most = piece.bytes === undefined ? undefined : piece.bytes - offset
    const bytes = archive.read(offset, most)
    if (bytes.length > 0) return ok(this.#took(bytes))
    if (piece.bytes === undefined && this.#mayGrow(archive, view.pieces.at(-1)?.number !== piece.number))
      return ok({ kind: 'end' })
    this.#goTo({ ...next, offset: piece.bytes === undefined ? 0 : offset - piece.bytes })
    return 'again'
  }

  /** Decompresses what lies before the place as well, and passes over it. */
  async #begin(archive: OpenPiece, offset: number): Promise<Result<Read, Failure> | 'again'> {
    const stream = archive.stream()[Symbol.asyncIterator]()
    let passed = 0
    for (;;) {
      const chunk = await stream.next()
      if (chunk.done === true) {
        this.#goTo({ number: this.#place.number + 1, offset: offset - passed })
        return 'again'
      }
      if (passed + chunk.value.length > offset) {
        this.#stream = stream
        return ok(this.#took(chunk.value.subarray(offset - passed)))
      }
      passed += chunk.value.length
    }
  }

  /** Whether a process that has not opened its log again may still write to an archive. */
  #mayGrow(archive: OpenPiece, hasNext: boolean): boolean {
    const { clock, logs } = this.#host
    this.#quietSince ??= clock.monotonic()
    if (hasNext && clock.monotonic() - this.#quietSince > LINGER) return false
    return logs.writers(archive.file).length > 0
  }

  /** The file of a piece; the one that is open already, whatever it is called by now. */
  #hold(piece: ViewedPiece): Result<OpenPiece | undefined, Failure> {
    if (this.#open?.number === piece.number && this.#open.piece.compression === 'none') {
      const same = piece.id === undefined || piece.id.inode === this.#open.piece.file.inode
      // A live file was cut and its head copied: what was the live file is another piece now.
      if (same || piece.file === 'live') return ok(this.#open.piece)
    }
    const opened = this.#host.logs.open(this.#path, piece.file)
    if (!opened.ok || opened.value === undefined) return opened
    this.#open?.piece.close()
    this.#open = { number: piece.number, piece: opened.value }
    return opened
  }

  #took(bytes: Buffer): Read {
    this.#quietSince = undefined
    this.#place = { number: this.#place.number, offset: this.#place.offset + bytes.length }
    return { kind: 'bytes', bytes }
  }

  #goTo(place: Place): void {
    this.close()
    this.#quietSince = undefined
    this.#place = place
  }
}

import type { Bytes } from '../../base/size.ts'

/** What waits to be written: bytes as they came, and how much was dropped between them. */
export type Queued =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'dropped'; readonly bytes: Bytes; readonly lines: number }

const NEWLINE = 0x0a

/**
 * Holds at most so many bytes. What does not fit is dropped by whole lines and counted, until half of it is free
 * again: dropping a line here and a line there would leave nothing that can be read.
 *
 *     keeping ──full──▶ dropping ──half is free, at the end of a line──▶ keeping
 */
export class BoundedQueue {
  readonly #most: Bytes
  #items: Queued[] = []
  #size: Bytes = 0
  #dropping = false
  /** What was dropped last ended within a line. */
  #withinLine = false
  /** Dropped since the queue was full, and not yet in it. */
  #dropped = { bytes: 0, lines: 0 }

  constructor(most: Bytes) {
    this.#most = most
  }

  get size(): Bytes {
    return this.#size
  }

  get isEmpty(): boolean {
    return this.#items.length === 0 && this.#dropped.bytes === 0
  }

  hasRoomFor(bytes: Bytes): boolean {
    return this.#size + bytes <= this.#most
  }

  /** Takes the bytes over: they must not change any more. */
  push(bytes: Buffer): void {
    let rest = bytes
    if (this.#dropping) {
      const end = this.#withinLine ? rest.indexOf(NEWLINE) + 1 : 0
      if (this.#size > this.#most / 2 || (this.#withinLine && end === 0)) return this.#drop(rest)
      this.#drop(rest.subarray(0, end))
      this.#noteDropped()
      this.#dropping = false
      rest = rest.subarray(end)
    }
    const room = this.#most - this.#size
    if (rest.length <= room) return this.#keep(rest)
    // Of the line that no longer fits nothing is kept, not even what is already here.
    const end = room > 0 ? rest.lastIndexOf(NEWLINE, room - 1) + 1 : 0
    if (end === 0) this.#dropUnended()
    this.#keep(rest.subarray(0, end))
    this.#dropping = true
    this.#drop(rest.subarray(end))
  }

  /** The next of it; undefined: nothing waits. At the end, or when it has become empty, what was dropped is told. */
  shift(): Queued | undefined {
    if (this.#items.length === 0 && this.#dropping) this.#noteDropped()
    const item = this.#items.shift()
    if (item?.kind === 'bytes') this.#size -= item.bytes.length
    return item
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#items.push({ kind: 'bytes', bytes })
    this.#size += bytes.length
  }

  #drop(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#withinLine = bytes.at(-1) !== NEWLINE
    this.#dropped.bytes += bytes.length
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) this.#dropped.lines += 1
  }

  #noteDropped(): void {
    const { bytes, lines } = this.#dropped
    if (bytes > 0) this.#items.push({ kind: 'dropped', bytes, lines })
    this.#dropped = { bytes: 0, lines: 0 }
  }

  /** The beginning of a line at the end of the queue. */
  #dropUnended(): void {
    for (;;) {
      const last = this.#items.at(-1)
      if (last?.kind !== 'bytes') return
      const end = last.bytes.lastIndexOf(NEWLINE) + 1
      if (end === last.bytes.length) return
      this.#items.pop()
      this.#size -= last.bytes.length
      this.#drop(last.bytes.subarray(end))
      if (end > 0) return this.#keep(last.bytes.subarray(0, end))
    }
  }
}

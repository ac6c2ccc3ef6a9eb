import type { Milliseconds } from '../base/duration.ts'
import type { Bytes } from '../base/size.ts'
import { BoundedQueue, type Queued } from '../decide/logs/bounded-queue.ts'
import { endOfLines, type CaptureFormatter } from '../decide/logs/capture-format.ts'
import type { CaptureSink } from './capture-sink.ts'
import { systemClock } from './clock.ts'
import { explain } from './system-error.ts'

export interface DropWriterOptions {
  readonly sink: CaptureSink
  readonly formatter: CaptureFormatter
  readonly most: Bytes
  readonly warn: (text: string) => void
}

const NEWLINE = 0x0a
const LINE_END = Buffer.from('\n')
/** Whoever has written nothing for so long stands still. */
const STANDS_STILL: Milliseconds = 50
const PATIENCE: Milliseconds = 1_000
const RETRY: Milliseconds = 500
const LOOK: Milliseconds = 250
/** When it is to end: so long for what waits. */
const AT_THE_END: Milliseconds = 2_000

/** Writes what is pushed, as fast as it can be written; of what that is too slow for, it tells how much it was. */
export class DropWriter {
  readonly #options: DropWriterOptions
  readonly #queue: BoundedQueue
  /** The beginning of a line. */
  #rest: Buffer = Buffer.alloc(0)
  #restSince: Milliseconds = 0
  #wake: (() => void) | undefined
  #ended = false
  #deadline: Milliseconds = Infinity
  #complained = false
  #writing = false
  #wroteAt: Milliseconds = 0

  constructor(options: DropWriterOptions) {
    this.#options = options
    this.#queue = new BoundedQueue(options.most)
  }

  hasRoomFor(bytes: Bytes): boolean {
    return this.#queue.hasRoomFor(bytes)
  }

  /** Something has been written just now. */
  get isMoving(): boolean {
    return systemClock.monotonic() - this.#wroteAt < STANDS_STILL
  }

  push(bytes: Buffer): void {
    this.#queue.push(bytes)
    this.#wake?.()
  }

  /** Nothing more will come; in a hurry, what cannot be written soon is given up. */
  end(hurry: boolean): void {
    this.#ended = true
    if (hurry) this.#deadline = systemClock.monotonic() + AT_THE_END
    this.#wake?.()
  }

  /** The size of the log, opened again if it was renamed. Not while it is written to. */
  refresh(): Bytes {
    if (this.#writing) return 0
    try {
      return this.#options.sink.refresh()
    } catch {
      return 0
    }
  }

  async run(): Promise<void> {
    const { formatter } = this.#options
    while (!(this.#ended && this.#queue.isEmpty)) {
      const next = this.#queue.shift()
      if (next === undefined) await this.#await()
      else await this.#take(next)
      const notice = formatter.leftOut(systemClock.now())
      if (notice !== undefined) await this.#write(notice)
    }
    await this.#finishLine()
    const last = formatter.leftOut(systemClock.now(), true)
    if (last !== undefined) await this.#write(last)
  }

  async #take(next: Queued): Promise<void> {
    const { formatter, warn } = this.#options
    if (next.kind === 'dropped') {
      await this.#finishLine('whole')
      const lines = next.lines === 1 ? '1 line' : `${next.lines} lines`
      const text = `${lines} (${next.bytes} bytes) could not be written in time and had to be dropped here`
      warn(text)
      await this.#write(formatter.tell(text, systemClock.now()))
      return
    }
    const bytes = this.#rest.length === 0 ? next.bytes : Buffer.concat([this.#rest, next.bytes])
    const end = endOfLines(bytes)
    if (end > 0 || this.#rest.length === 0) this.#restSince = systemClock.monotonic()
    this.#rest = bytes.subarray(end)
    if (end > 0) await this.#write(formatter.transform(bytes.subarray(0, end), systemClock.now(), true).output)
  }

  /** What is the beginning of a line is written; as a line, if something that does not belong to it follows. */
  async #finishLine(as: 'part' | 'whole' = 'part'): Promise<void> {
    if (this.#rest.length === 0) return
    const line = this.#rest
    this.#rest = Buffer.alloc(0)
    const { output } = this.#options.formatter.transform(line, systemClock.now(), true)
    await this.#write(as === 'part' || output.at(-1) === NEWLINE ? output : Buffer.concat([output, LINE_END]))
  }

  async #await(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
    if (this.#rest.length > 0 && systemClock.monotonic() - this.#restSince > PATIENCE) await this.#finishLine()
  }

  async #write(output: Buffer): Promise<void> {
    while (output.length > 0) {
      try {
        this.#writing = true
        await this.#options.sink.append(output)
        this.#wroteAt = systemClock.monotonic()
        this.#complained = false
        return
      } catch (error) {
        if (systemClock.monotonic() > this.#deadline) return
        if (!this.#complained) this.#options.warn(`what it writes cannot be written down: ${explain(error)}`)
        this.#complained = true
      } finally {
        this.#writing = false
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY))
      this.refresh()
    }
  }
}

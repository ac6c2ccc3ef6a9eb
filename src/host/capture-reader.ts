import type { Milliseconds } from '../base/duration.ts'
import type { Bytes } from '../base/size.ts'
import { CaptureFormatter, type CaptureFormat } from '../decide/logs/capture-format.ts'
import { DropWriter } from './capture-drop.ts'
import { openSink, type CaptureSink } from './capture-sink.ts'
import { openSource, PIPE_CAPACITY, type CaptureSource } from './capture-source.ts'
import type { CaptureDestination } from './capture-target.ts'
import { systemClock } from './clock.ts'
import type { FileSinkOptions } from './file-sink.ts'
import { explain } from './system-error.ts'

export interface CaptureOptions extends FileSinkOptions {
  /** The pipe that the daemon writes to. */
  readonly fifo: string
  readonly to: CaptureDestination
  readonly format: CaptureFormat
  /** block: the daemon waits while nothing can be written; drop: it does not, and what was dropped is counted and told. */
  readonly overflow: 'block' | 'drop'
  /** With drop: so much waits before anything is dropped. */
  readonly buffer: Bytes
  /** Told the size of the log now and then, so that it can be rotated. */
  readonly grown: (size: number) => void
  readonly warn: (text: string) => void
}

export interface CaptureHandle {
  /** The daemon, and all that it started, have closed their output, and all of it is written. */
  readonly ended: Promise<void>
  /** Stops reading between two writes. Another reader goes on where this one stopped. */
  stop(): Promise<void>
}

/** Others have their turn after so much: the reader may run within the watcher. */
const SLICE = 1024 * 1024
/** A log that was renamed is noticed so soon, also when nothing is written. */
const LOOK: Milliseconds = 250
/** A line that has no end yet waits for it so long where lines are formatted; then it is written as a part. */
const PATIENCE: Milliseconds = 1_000
const RETRY: Milliseconds = 500
const PARTIAL_LOOK: Milliseconds = 20

/** Reads what a daemon writes, and writes what is to be kept of it to its log. */
export function startCapture(options: CaptureOptions): CaptureHandle {
  const reader = new CaptureReader(options)
  const ended = reader.run()
  return {
    ended,
    stop() {
      reader.stop()
      return ended
    },
  }
}

class CaptureReader {
  readonly #options: CaptureOptions
  readonly #source: CaptureSource
  readonly #sink: CaptureSink
  readonly #formatter: CaptureFormatter
  #stopped = false
  #complained = false

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#source = openSource(options.fifo)
    this.#sink = openSink(options)
    this.#formatter = new CaptureFormatter(options.format)
  }

  stop(): void {
    this.#stopped = true
    this.#sink.abort()
  }

  async run(): Promise<void> {
    try {
      this.#skipWhatIsWritten()
      await (this.#options.overflow === 'drop' ? this.#runDropping() : this.#runBlocking())
    } finally {
      this.#source.close()
      this.#sink.close()
    }
  }

  /** A reader that was killed may have written what it had not consumed. */
  #skipWhatIsWritten(): void {
    const peek = this.#source.peek()
    if (peek.kind === 'bytes') this.#source.consume(this.#sink.alreadyWritten(peek.bytes))
  }

  async #runBlocking(): Promise<void> {
    let looked = 0
    let slice = 0
    /** Since when a line has been waiting for its end. */
    let partialSince: Milliseconds | undefined
    while (!this.#stopped) {
      const now = systemClock.monotonic()
      if (now - looked > LOOK) {
        looked = now
        this.#options.grown(this.#refresh())
        await this.#tellLeftOut(false)
      }
      const peek = this.#source.peek()
      if (peek.kind === 'ended') return this.#tellLeftOut(true)
      if (peek.kind === 'empty') {
        await this.#source.more(LOOK)
        continue
      }
      const { bytes } = peek
      const waited = partialSince !== undefined && now - partialSince > PATIENCE
      const used = await this.#take(bytes, waited || bytes.length >= PIPE_CAPACITY)
      slice += used
      if (used === bytes.length) partialSince = undefined
      else if (used > 0 || partialSince === undefined) partialSince = now
      // Only the beginning of a line is there: the kernel would say "readable" again and again.
      if (used === 0) await new Promise((resolve) => setTimeout(resolve, PARTIAL_LOOK))
      if (slice > SLICE) {
        slice = 0
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  /** Reads whatever happens to what is written. */
  async #runDropping(): Promise<void> {
    const { buffer, warn } = this.#options
    const writer = new DropWriter({ sink: this.#sink, formatter: this.#formatter, most: buffer, warn })
    const written = writer.run()
    let looked = 0
    let slice = 0
    while (!this.#stopped) {
      const now = systemClock.monotonic()
      if (now - looked > LOOK) {
        looked = now
        this.#options.grown(writer.refresh())
      }
      const peek = this.#source.peek()
      if (peek.kind === 'ended') break
      if (peek.kind === 'empty') {
        await this.#source.more(LOOK)
        continue
      }
      writer.push(Buffer.from(peek.bytes))
      this.#source.consume(peek.bytes.length)
      slice += peek.bytes.length
      if (slice > SLICE) {
        slice = 0
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    writer.end(this.#stopped)
    await written
  }

  /** How much of the bytes was taken out of the pipe. */
  async #take(bytes: Buffer, final: boolean): Promise<number> {
    const { output, used } = this.#formatter.transform(bytes, systemClock.now(), final)
    if (used === 0) return 0
    const input = bytes.subarray(0, used)
    const done = await this.#write(output, input)
    return done ? used : 0
  }

  async #write(output: Buffer, input: Buffer): Promise<boolean> {
    const consume = (): void => this.#source.consume(input.length)
    for (;;) {
      try {
        if (output.length === 0) consume()
        else {
          // A file is written at once: whoever waits for nothing is faster.
          const writing = this.#sink.write(output, input, consume)
          if (writing !== undefined) await writing
        }
        this.#complained = false
        return true
      } catch (error) {
        if (this.#stopped) return false
        if (!this.#complained) this.#options.warn(`what it writes cannot be written down: ${explain(error)}`)
        this.#complained = true
        await new Promise((resolve) => setTimeout(resolve, RETRY))
        this.#refresh()
      }
    }
  }

  async #tellLeftOut(atTheEnd: boolean): Promise<void> {
    const notice = this.#formatter.leftOut(systemClock.now(), atTheEnd)
    if (notice !== undefined) await this.#write(notice, Buffer.alloc(0))
  }

  /** 0: its directory is gone or full, and the next write says so. */
  #refresh(): Bytes {
    try {
      return this.#sink.refresh()
    } catch {
      return 0
    }
  }
}

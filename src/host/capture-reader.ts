import type { Milliseconds } from '../base/duration.ts'
import { CaptureFormatter, type CaptureFormat } from '../decide/logs/capture-format.ts'
import { fileSink, type CaptureSink } from './capture-sink.ts'
import { openSource, PIPE_CAPACITY, type CaptureSource } from './capture-source.ts'
import { systemClock } from './clock.ts'
import type { FileOutput } from './log-output.ts'
import { explain } from './system-error.ts'

export interface CaptureOptions {
  /** The pipe that the daemon writes to. */
  readonly fifo: string
  /** Where a reader notes what it is about to write, for the one after it. */
  readonly note: string
  readonly target: FileOutput
  readonly format: CaptureFormat
  /** block: the daemon waits while nothing can be written; drop: it does not, and what was dropped is counted and told. */
  readonly overflow: 'block' | 'drop'
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
      reader.stopped = true
      return ended
    },
  }
}

class CaptureReader {
  stopped = false
  readonly #options: CaptureOptions
  readonly #source: CaptureSource
  readonly #sink: CaptureSink
  readonly #formatter: CaptureFormatter
  #complained = false
  #dropped = { bytes: 0, lines: 0 }

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#source = openSource(options.fifo)
    this.#sink = fileSink(options.target, options.note)
    this.#formatter = new CaptureFormatter(options.format)
  }

  async run(): Promise<void> {
    try {
      this.#skipWhatIsWritten()
      let looked = 0
      let slice = 0
      /** Since when a line has been waiting for its end. */
      let partialSince: Milliseconds | undefined
      while (!this.stopped) {
        const now = systemClock.monotonic()
        if (now - looked > LOOK) {
          looked = now
          this.#options.grown(this.#sink.refresh())
        }
        const peek = this.#source.peek()
        if (peek.kind === 'ended') return
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

  /** How much of the bytes was taken out of the pipe. */
  async #take(bytes: Buffer, final: boolean): Promise<number> {
    const { output, used } = this.#formatter.transform(bytes, systemClock.now(), final)
    if (used === 0) return 0
    const input = bytes.subarray(0, used)
    for (;;) {
      try {
        const told = this.#tellDropped()
        const whole = told === undefined ? output : Buffer.concat([told, output])
        if (whole.length === 0) this.#source.consume(used)
        else this.#sink.write(whole, input, () => this.#source.consume(used))
        this.#dropped = { bytes: 0, lines: 0 }
        this.#complained = false
        return used
      } catch (error) {
        if (!this.#complained) this.#options.warn(`what it writes cannot be written down: ${explain(error)}`)
        this.#complained = true
        if (this.#options.overflow === 'drop') {
          this.#source.consume(used)
          this.#dropped.bytes += used
          for (const byte of input) if (byte === 0x0a) this.#dropped.lines += 1
          return used
        }
        if (this.stopped) return 0
        await new Promise((resolve) => setTimeout(resolve, RETRY))
        this.#refreshQuietly()
      }
    }
  }

  #refreshQuietly(): void {
    try {
      this.#sink.refresh()
    } catch {
      // Its directory is gone or full: the next write says so.
    }
  }

  #tellDropped(): Buffer | undefined {
    const { bytes, lines } = this.#dropped
    if (bytes === 0) return undefined
    const text = `daemonctl: ${lines} lines (${bytes} bytes) were dropped here, because they could not be written`
    const line = Buffer.from(`${text}\n`)
    return this.#formatter.transform(line, systemClock.now(), true).output
  }
}

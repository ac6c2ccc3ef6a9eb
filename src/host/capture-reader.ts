import type { Milliseconds } from '../base/duration.ts'
import type { Bytes } from '../base/size.ts'
import { CaptureFormatter, type CaptureFormat } from '../decide/logs/capture-format.ts'
import { DropWriter } from './capture-drop.ts'
import { openSink, type CaptureSink, type Portion } from './capture-sink.ts'
import { openSource, type CaptureSource } from './capture-source.ts'
import type { CaptureDestination } from './capture-target.ts'
import { systemClock } from './clock.ts'
import type { FileSinkOptions } from './file-sink.ts'
import { explain } from './system-error.ts'

export interface CaptureOptions extends FileSinkOptions {
  /** The pipe that the daemon writes to, and the one that holds what is being written. */
  readonly fifo: string
  readonly stage: string
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
    this.#formatter = new CaptureFormatter(options.format)
    const passes = options.to.kind === 'file' && options.overflow === 'block' && this.#formatter.passesAll
    this.#source = openSource({ ...options, passes })
    this.#sink = openSink(options)
  }

  stop(): void {
    this.#stopped = true
    this.#sink.abort()
  }

  async run(): Promise<void> {
    try {
      this.#sink.resume(this.#source.found, (bytes) => this.#source.consume(bytes))
      await (this.#options.overflow === 'drop' ? this.#runDropping() : this.#runBlocking())
    } finally {
      this.#source.close()
      this.#sink.close()
    }
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
      const staged = this.#source.stage()
      if (staged.kind === 'ended') return this.#tellLeftOut(true)
      if (staged.kind === 'empty') {
        await this.#source.more(LOOK)
        continue
      }
      const waited = partialSince !== undefined && now - partialSince > PATIENCE
      const used = await this.#take(staged.bytes, waited)
      slice += used
      if (used === staged.bytes) partialSince = undefined
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
      const staged = this.#source.stage()
      if (staged.kind === 'ended') break
      if (staged.kind === 'empty') {
        await this.#source.more(LOOK)
        continue
      }
      // A healthy disk is given a moment; who stands still is not waited for.
      while (!writer.hasRoomFor(staged.bytes) && writer.isMoving) await new Promise((resolve) => setTimeout(resolve, 1))
      const bytes = Buffer.from(this.#source.look())
      writer.push(bytes)
      this.#source.consume(bytes.length)
      slice += bytes.length
      if (slice > SLICE) {
        slice = 0
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    writer.end(this.#stopped)
    await written
  }

  /** How much of what is staged was written and taken from the stage. */
  async #take(staged: Bytes, final: boolean): Promise<Bytes> {
    const { pass } = this.#source
    if (pass !== undefined && this.#sink.pass !== undefined && this.#formatter.passesAll) {
      const portion = { input: staged, staged }
      const consume = (): void => this.#source.consume(staged)
      return (await this.#persist(() => this.#sink.pass?.(pass, portion, consume))) ? staged : 0
    }
    const { output, used } = this.#formatter.transform(this.#source.look(), systemClock.now(), final)
    if (used === 0) return 0
    return (await this.#write(output, { input: used, staged })) ? used : 0
  }

  #write(output: Buffer, portion: Portion): Promise<boolean> {
    const consume = (): void => this.#source.consume(portion.input)
    return this.#persist(() => (output.length === 0 ? consume() : this.#sink.write(output, portion, consume)))
  }

  /** Tries until it can be written. False: stopped before that. */
  async #persist(put: () => void | Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        // A file is written at once: whoever waits for nothing is faster.
        const writing = put()
        if (writing !== undefined) await writing
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
    if (notice !== undefined) await this.#write(notice, { input: 0, staged: 0 })
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

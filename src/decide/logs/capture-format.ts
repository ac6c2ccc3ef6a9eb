import type { LogLevel } from '../../definition/definition.ts'
import type { EpochMilliseconds } from '../process-facts.ts'
import { includes, levelOfLine } from './line-level.ts'

export interface CaptureFormat {
  readonly format: 'plain' | 'timestamps' | 'json'
  /** Lines below it are left out. A line that says no level has that of the line before it. */
  readonly level: LogLevel
  /** Of the daemon, for JSON. */
  readonly name: string
  readonly stream: 'stdout' | 'stderr'
}

/** What became of some bytes. */
export interface Formatted {
  readonly output: Buffer
  /** How many of the bytes are in the output, or were left out; the rest begins a line that has no end yet. */
  readonly used: number
  readonly lines: number
}

const NEWLINE = 0x0a
/** What may make a line one of debugging: without any of it nothing has to be looked at line by line. */
const MAY_BE_DEBUG = /debug|trace|verbose|\bfine|dbg|<7>|"level" ?: ?[12]0/i

/** Makes of what a daemon writes what is to be kept of it. */
export class CaptureFormatter {
  readonly #how: CaptureFormat
  #last: LogLevel | undefined

  constructor(how: CaptureFormat) {
    this.#how = how
  }

  /** `final`: nothing more will come, or not in time: the rest is a line without an end. */
  transform(bytes: Buffer, now: EpochMilliseconds, final: boolean): Formatted {
    const { format, level } = this.#how
    if (level === 'off') return { output: Buffer.alloc(0), used: bytes.length, lines: 0 }
    if (format === 'plain' && this.#allPass(bytes)) return { output: bytes, used: bytes.length, lines: 0 }
    const end = final ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1
    const kept: Buffer[] = []
    let lines = 0
    for (let start = 0; start < end;) {
      const found = bytes.indexOf(NEWLINE, start)
      const stop = found === -1 || found >= end ? end : found
      const line = bytes.subarray(start, stop)
      const ended = stop === found
      start = stop + (ended ? 1 : 0)
      if (!this.#passes(line)) continue
      lines += 1
      kept.push(this.#form(line, ended, now))
    }
    return { output: Buffer.concat(kept), used: end, lines }
  }

  #allPass(bytes: Buffer): boolean {
    const { level } = this.#how
    if (level === 'debug') return true
    // The line before may have been one of debugging, and what follows belongs to it.
    return (
      level === 'info' &&
      (this.#last === undefined || this.#last === 'info') &&
      !MAY_BE_DEBUG.test(bytes.toString('latin1'))
    )
  }

  #passes(line: Buffer): boolean {
    const { level } = this.#how
    if (level === 'debug') return true
    this.#last = levelOfLine(line.toString('latin1', 0, 200)) ?? this.#last
    return this.#last === undefined || includes(level, this.#last)
  }

  #form(line: Buffer, ended: boolean, now: EpochMilliseconds): Buffer {
    const { format, name, stream } = this.#how
    switch (format) {
      case 'plain':
        return ended ? Buffer.concat([line, LINE_END]) : line
      case 'timestamps':
        return Buffer.concat([Buffer.from(`${new Date(now).toISOString()} `), line, LINE_END])
      case 'json': {
        const text = line.toString('utf8')
        const level = levelOfLine(line.toString('latin1', 0, 200))
        const written = {
          time: new Date(now).toISOString(),
          name,
          stream,
          ...(level === undefined ? {} : { level }),
          line: text,
          ...(ended ? {} : { partial: true }),
          ...(text.includes('\ufffd') ? { base64: line.toString('base64') } : {}),
        }
        return Buffer.from(`${JSON.stringify(written)}\n`)
      }
    }
  }
}

const LINE_END = Buffer.from('\n')

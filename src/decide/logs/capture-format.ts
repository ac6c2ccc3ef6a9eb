import { formatDuration } from '../../base/duration.ts'
import type { Bytes } from '../../base/size.ts'
import type { LogLevel, RateLimit } from '../../definition/definition.ts'
import type { EpochMilliseconds } from '../process-facts.ts'
import { includes, levelOfLine, type SaidLevel } from './line-level.ts'

export interface CaptureFormat {
  readonly format: 'plain' | 'timestamps' | 'json'
  /** Lines below it are left out. A line that says no level has that of the line before it. */
  readonly level: LogLevel
  /** Before each line. */
  readonly prefix: string
  readonly rateLimit: RateLimit | undefined
  /** Each line begins with the priority that its level has, `<6>`: for syslog and the journal. sd-daemon(3) */
  readonly priorities: boolean
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
const LINE_END = Buffer.from('\n')
const NOTHING = Buffer.alloc(0)
/** What may make a line one of debugging: without any of it nothing has to be looked at line by line. */
const MAY_BE_DEBUG = /debug|trace|verbose|\bfine|dbg|<7>|"level" ?: ?[12]0/i
/** A level is said near the beginning of a line. */
const LOOKED_AT = 200

/** syslog(3) */
const PRIORITY: Readonly<Record<SaidLevel, number>> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7 }
const SAID_PRIORITY = /^<[0-7]>/

/** A line that is longer is kept in parts. */
const LONGEST: Bytes = 65_536

/** How much of it is whole lines; or all of it, where it is a part of a line that is too long. */
export function endOfLines(bytes: Buffer): Bytes {
  const end = bytes.lastIndexOf(NEWLINE) + 1
  return end === 0 && bytes.length >= LONGEST ? bytes.length : end
}

/** Makes of what a daemon writes what is to be kept of it. */
export class CaptureFormatter {
  readonly #how: CaptureFormat
  readonly #prefix: Buffer
  /** All bytes are kept as they are. */
  readonly #asIs: boolean
  #last: SaidLevel | undefined
  #stamp: { readonly at: EpochMilliseconds; readonly bytes: Buffer } = { at: NaN, bytes: NOTHING }
  /** Of the rate limit: since when how many lines have been let through, and how many have not. */
  #window = { since: -Infinity, passed: 0, left: 0 }

  constructor(how: CaptureFormat) {
    this.#how = how
    this.#prefix = Buffer.from(how.prefix)
    this.#asIs = how.format === 'plain' && how.prefix === '' && how.rateLimit === undefined && !how.priorities
  }

  /** Everything is kept as it is: nothing has to be looked at. */
  get passesAll(): boolean {
    return this.#asIs && this.#how.level === 'debug'
  }

  /** `final`: nothing more will come, or not in time: the rest is a part of a line. */
  transform(bytes: Buffer, now: EpochMilliseconds, final: boolean): Formatted {
    const { level } = this.#how
    if (level === 'off') return { output: NOTHING, used: bytes.length, lines: 0 }
    if (this.#asIs && this.#allPass(bytes)) return { output: bytes, used: bytes.length, lines: 0 }
    const end = final ? bytes.length : endOfLines(bytes)
    const kept: Buffer[] = []
    let lines = 0
    for (let start = 0; start < end;) {
      const found = bytes.indexOf(NEWLINE, start)
      const stop = found === -1 || found >= end ? end : found
      const line = bytes.subarray(start, stop)
      const ended = stop === found
      start = stop + (ended ? 1 : 0)
      if (!this.#passes(line)) continue
      const notice = this.leftOut(now)
      if (notice !== undefined) kept.push(notice)
      if (!this.#isWithinRate(now)) continue
      lines += 1
      this.#form(line, ended, now, kept)
    }
    return { output: kept.length === 1 ? (kept[0] ?? NOTHING) : Buffer.concat(kept), used: end, lines }
  }

  /** A line of our own, in the form of the others. */
  tell(text: string, now: EpochMilliseconds): Buffer {
    const parts: Buffer[] = []
    this.#form(Buffer.from(`daemonctl: ${text}`), true, now, parts)
    return Buffer.concat(parts)
  }

  /** How many lines the rate limit has left out, told once its interval is over (or at the very end). */
  leftOut(now: EpochMilliseconds, atTheEnd = false): Buffer | undefined {
    const { rateLimit } = this.#how
    const { left } = this.#window
    if (rateLimit === undefined || left === 0 || (!atTheEnd && !this.#isOver(rateLimit, now))) return undefined
    this.#window = { since: -Infinity, passed: 0, left: 0 }
    const most = `${rateLimit.lines} within ${formatDuration(rateLimit.interval)}`
    return this.tell(
      `${left} ${left === 1 ? 'line was' : 'lines were'} left out here: there were more than ${most}`,
      now,
    )
  }

  #isWithinRate(now: EpochMilliseconds): boolean {
    const { rateLimit } = this.#how
    if (rateLimit === undefined) return true
    if (this.#isOver(rateLimit, now)) this.#window = { since: now, passed: 0, left: 0 }
    if (this.#window.passed >= rateLimit.lines) {
      this.#window.left += 1
      return false
    }
    this.#window.passed += 1
    return true
  }

  /** A clock that was set back ends the interval as well. */
  #isOver({ interval }: RateLimit, now: EpochMilliseconds): boolean {
    return now - this.#window.since >= interval || now < this.#window.since
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
    this.#last = levelOfLine(line.toString('latin1', 0, LOOKED_AT)) ?? this.#last
    return this.#last === undefined || includes(level, this.#last)
  }

  #form(line: Buffer, ended: boolean, now: EpochMilliseconds, into: Buffer[]): void {
    const { format, priorities } = this.#how
    const said = priorities ? levelOfLine(line.toString('latin1', 0, LOOKED_AT)) : undefined
    // Its own priority, if it says one, stands before everything else.
    const own = priorities ? SAID_PRIORITY.exec(line.toString('latin1', 0, 3))?.[0] : undefined
    if (priorities) into.push(Buffer.from(own ?? `<${PRIORITY[said ?? 'info']}>`))
    const text = own === undefined ? line : line.subarray(own.length)
    switch (format) {
      case 'plain':
        into.push(this.#prefix, text)
        if (ended || priorities) into.push(LINE_END)
        return
      case 'timestamps':
        into.push(this.#stampOf(now), text, LINE_END)
        return
      case 'json':
        into.push(this.#json(text, ended, now))
    }
  }

  /** Time and prefix: for all lines that came at once the same. */
  #stampOf(now: EpochMilliseconds): Buffer {
    if (this.#stamp.at !== now) {
      this.#stamp = { at: now, bytes: Buffer.from(`${new Date(now).toISOString()} ${this.#how.prefix}`) }
    }
    return this.#stamp.bytes
  }

  #json(line: Buffer, ended: boolean, now: EpochMilliseconds): Buffer {
    const { name, stream } = this.#how
    const text = line.toString('utf8')
    const level = levelOfLine(line.toString('latin1', 0, LOOKED_AT))
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

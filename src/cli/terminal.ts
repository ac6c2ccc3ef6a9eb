import { formatDuration, type Milliseconds } from '../base/duration.ts'
import { printable } from '../base/text.ts'
import { themeFor, type Theme } from './theme.ts'

/** A stream of ours, as far as it is used. */
export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/**
 * What a person sees. Lines are whole and stay; while something is waited for, a terminal (and only a terminal)
 * also shows one line that goes away again.
 */
export class Terminal {
  readonly theme: Theme
  private readonly out: Output
  private readonly errors: Output
  private readonly quiet: boolean
  private transient = false

  constructor(out: Output, errors: Output, environment: Readonly<Record<string, string | undefined>>, quiet: boolean) {
    this.out = out
    this.errors = errors
    this.quiet = quiet
    this.theme = themeFor(out.isTTY === true, environment)
  }

  /** Somebody reads along: not a script, not a log. */
  get isForPeople(): boolean {
    return this.out.isTTY === true && !this.quiet
  }

  /** A line of the result; nothing when --quiet. */
  line(text: string): void {
    if (this.quiet) return
    this.clear()
    this.out.write(`${text}\n`)
  }

  /** A line that was asked for: --quiet does not keep it back. */
  answer(text: string): void {
    this.clear()
    this.out.write(`${text}\n`)
  }

  /** A line beside the result, for people: nothing when --quiet. */
  remark(text: string): void {
    if (!this.quiet) this.error(text)
  }

  error(text: string): void {
    this.clear()
    this.errors.write(`${text}\n`)
  }

  /** What is waited for, and how long yet. */
  waiting(what: string, since: Milliseconds, within: Milliseconds): void {
    if (this.quiet || this.errors.isTTY !== true) return
    const limit = Number.isFinite(within) ? ` of ${formatDuration(within)}` : ''
    const text = printable(`waiting for ${what}: ${formatDuration(since)}${limit}`)
    this.errors.write(`\r\u001b[2K${this.theme.quiet(text.slice(0, 110))}`)
    this.transient = true
  }

  private clear(): void {
    if (!this.transient) return
    this.errors.write('\r\u001b[2K')
    this.transient = false
  }
}

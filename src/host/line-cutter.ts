/** What is made of a stream of bytes. */
export interface Lines {
  line(text: string): void
  /** Once for each line that is left out because it is longer than `longest` bytes. */
  tooLong(): void
}

const NEWLINE = 10

/** Cuts a stream of bytes into lines, of which none is larger in memory than it may be. Between pause and resume none comes. */
export class LineCutter {
  readonly #longest: number
  readonly #lines: Lines
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer[] = []
  #length = 0
  #skipping = false
  #paused = false
  /** What came with the line at which somebody paused. */
  #unread: Buffer[] = []

  constructor(longest: number, lines: Lines) {
    this.#longest = longest
    this.#lines = lines
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const unread = this.#unread
    this.#unread = []
    for (const bytes of unread) this.push(bytes)
  }

  push(bytes: Buffer): void {
    let from = 0
    while (!this.#paused) {
      const end = bytes.indexOf(NEWLINE, from)
      if (end < 0) return this.#begin(bytes.subarray(from))
      this.#finish(bytes.subarray(from, end))
      from = end + 1
    }
    if (from < bytes.length) this.#unread.push(bytes.subarray(from))
  }

  #begin(part: Buffer): void {
    if (part.length === 0 || this.#skipping) return
    this.#length += part.length
    if (this.#length > this.#longest) return this.#skip()
    // A copy: the part would keep all that it came with.
    this.#begun.push(Buffer.from(part))
  }

  #finish(part: Buffer): void {
    if (!this.#skipping && this.#length + part.length > this.#longest) this.#skip()
    const text = this.#skipping ? undefined : Buffer.concat([...this.#begun, part]).toString('utf8')
    this.#begun = []
    this.#length = 0
    this.#skipping = false
    if (text !== undefined) this.#lines.line(text)
  }

  #skip(): void {
    this.#skipping = true
    this.#begun = []
    this.#lines.tooLong()
  }
}

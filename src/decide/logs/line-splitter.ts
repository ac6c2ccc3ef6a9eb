/** A line without its end; `ended` is false for a part of a line that is too long, or that has no end yet. */
export interface LogLine {
  readonly bytes: Buffer
  readonly ended: boolean
}

const NEWLINE = 0x0a

/** Cuts a stream of bytes into lines, whatever the bytes are. A line longer than `longest` comes in parts. */
export class LineSplitter {
  readonly #longest: number
  #partial: Buffer[] = []
  #size = 0

  constructor(longest = 1024 * 1024) {
    this.#longest = longest
  }

  /** The lines that have been ended by these bytes. Buffers are views: they are good until the bytes are overwritten. */
  push(bytes: Buffer): readonly LogLine[] {
    const lines: LogLine[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      lines.push({ bytes: this.#join(bytes.subarray(start, end)), ended: true })
      start = end + 1
    }
    if (start < bytes.length) {
      this.#partial.push(Buffer.from(bytes.subarray(start)))
      this.#size += bytes.length - start
    }
    if (this.#size >= this.#longest) lines.push({ bytes: this.#join(Buffer.alloc(0)), ended: false })
    return lines
  }

  /** What has been begun and not ended. */
  flush(): readonly LogLine[] {
    return this.#size === 0 ? [] : [{ bytes: this.#join(Buffer.alloc(0)), ended: false }]
  }

  get pending(): boolean {
    return this.#size > 0
  }

  #join(last: Buffer): Buffer {
    if (this.#size === 0) return last
    const whole = Buffer.concat([...this.#partial, last])
    this.#partial = []
    this.#size = 0
    return whole
  }
}

/** Enough for a write(2) to be worth it. */
const BATCH = 64 * 1024

/** Writes much, in few calls, and no faster than it is read. */
export class LogOutput {
  readonly #stream: NodeJS.WriteStream
  #batch: Buffer[] = []
  #size = 0

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    // Whoever read us has seen enough: `daemonctl logs x | head`.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY
  }

  /** The bytes may be used again when this resolves. */
  async write(bytes: Buffer | string): Promise<void> {
    const copy = Buffer.from(bytes)
    this.#batch.push(copy)
    this.#size += copy.length
    if (this.#size >= BATCH) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return
    const all = Buffer.concat(this.#batch)
    this.#batch = []
    this.#size = 0
    await new Promise<void>((resolve) => {
      this.#stream.write(all, () => resolve())
    })
  }
}

const MOST_BYTES = 64 * 1024
const MOST_LINES = 200

/** Keeps the end of what is written, however much that is. */
export class LastOutput {
  #chunks: Buffer[] = []
  #size = 0
  #cut = false

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    // Cut now and then, not with each chunk: what is kept stays below twice the limit.
    if (this.#size > 2 * MOST_BYTES) this.#shorten()
  }

  /** The last lines, of which the first may not be a part of one. */
  lines(): readonly string[] {
    this.#shorten()
    const lines = Buffer.concat(this.#chunks).toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    if (this.#cut && lines.length > 1) lines.shift()
    return lines.slice(-MOST_LINES).map((line) => line.replace(/\r$/, ''))
  }

  #shorten(): void {
    if (this.#size <= MOST_BYTES) return
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all.subarray(-MOST_BYTES)]
    this.#size = MOST_BYTES
    this.#cut = true
  }
}

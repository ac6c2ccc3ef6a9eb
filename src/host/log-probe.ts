import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { LogPosition } from './host.ts'
import { lookUntil } from './path-watch.ts'

const BLOCK = 64 * 1024
/** Not every file system tells of a write. */
const SAFETY: Milliseconds = 200

/** Resolves with true once a line written behind `since` matches; with false when aborted, or if nothing ever can. */
export async function logMatches(pattern: string, since: LogPosition, signal: AbortSignal): Promise<boolean> {
  const expression = expressionOf(pattern)
  if (expression === undefined) return false
  const follower = new LogFollower(since, (line) => expression.test(line))
  try {
    return await lookUntil(() => follower.read(), since.path, signal, SAFETY)
  } finally {
    follower.close()
  }
}

function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}

/** Reads what a log grows by. A log that was moved away is read to its end before the new one of its name. */
class LogFollower {
  readonly #path: string
  readonly #matches: (line: string) => boolean
  readonly #block = Buffer.alloc(BLOCK)
  #fd: number | undefined
  #offset: number
  /** The beginning of a line whose end has not been written yet. */
  #partial = Buffer.alloc(0)

  constructor(since: LogPosition, matches: (line: string) => boolean) {
    this.#path = since.path
    this.#offset = since.offset
    this.#matches = matches
  }

  /** Whether something that was added matches. */
  read(): boolean {
    try {
      this.#fd ??= openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      if (this.#readOn(this.#fd)) return true
      if (!this.#wasReplaced(this.#fd)) return false
      // What was written between our reading and its being moved.
      if (this.#readOn(this.#fd)) return true
      this.close()
      this.#restart()
      return this.read()
    } catch {
      // Not there yet, or not there for a moment.
      return false
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #readOn(fd: number): boolean {
    if (fstatSync(fd).size < this.#offset) this.#restart()
    for (;;) {
      const length = readSync(fd, this.#block, 0, BLOCK, this.#offset)
      if (length === 0) return false
      this.#offset += length
      if (this.#take(this.#block.subarray(0, length))) return true
    }
  }

  /** A prompt without a line end counts as soon as it matches. */
  #take(block: Buffer): boolean {
    const bytes = Buffer.concat([this.#partial, block])
    const end = bytes.lastIndexOf(0x0a) + 1
    // A line without an end is not kept whole.
    this.#partial = Buffer.from(bytes.subarray(Math.max(end, bytes.length - BLOCK)))
    const lines = bytes.toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    return lines.some((line) => this.#matches(line.replace(/\r$/, '')))
  }

  #wasReplaced(fd: number): boolean {
    const [now, ours] = [statSync(this.#path), fstatSync(fd)]
    return now.ino !== ours.ino || now.dev !== ours.dev
  }

  #restart(): void {
    this.#offset = 0
    this.#partial = Buffer.alloc(0)
  }
}

import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import { loadNative, type Native } from './native.ts'
import { errorCode } from './system-error.ts'

export type Peek =
  /** What is there, as far as it was asked for; good until the next call. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'empty' }
  /** Nobody has it open for writing any more, and nothing is left in it. */
  | { readonly kind: 'ended' }

/**
 * The reading end of the pipe that a daemon writes to. What is peeked at stays in the pipe until it is consumed, so
 * that a reader that is killed in between leaves it to the next one (with koffi; without it, what has been read and
 * not yet written is lost with the reader).
 */
export interface CaptureSource {
  peek(): Peek
  consume(bytes: number): void
  /** Resolves when there may be something more than was peeked at, or after the span. */
  more(within: Milliseconds): Promise<void>
  close(): void
}

/** pipe(7): the capacity of a pipe that nobody has changed. */
export const PIPE_CAPACITY = 65_536

export function openSource(fifo: string): CaptureSource {
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  const native = loadNative()
  return native === undefined ? readingSource(fd) : teeingSource(fd, native)
}

function teeingSource(fd: number, native: Native): CaptureSource {
  const [mirrorEnd, mirror] = native.pipe()
  const block = Buffer.allocUnsafe(PIPE_CAPACITY)
  const waste = Buffer.allocUnsafe(PIPE_CAPACITY)
  let watch: { close(): void } | undefined
  return {
    peek() {
      const length = native.tee(fd, mirror, PIPE_CAPACITY)
      if (typeof length === 'string') return { kind: length }
      return { kind: 'bytes', bytes: block.subarray(0, readInto(mirrorEnd, block.subarray(0, length))) }
    },
    consume(bytes) {
      for (let left = bytes; left > 0;) {
        const read = readSome(fd, waste.subarray(0, Math.min(left, waste.length)))
        if (typeof read === 'string') return
        left -= read.length
      }
    },
    more: (within) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          watch?.close()
          watch = undefined
          resolve()
        }
        const timer = setTimeout(done, within)
        watch = native.onceReadable(fd, done)
      }),
    close() {
      watch?.close()
      for (const one of [fd, mirror, mirrorEnd]) closeSync(one)
    },
  }
}

/** Without koffi: looks now and then, and what has been read is kept here. */
function readingSource(fd: number): CaptureSource {
  const block = Buffer.allocUnsafe(PIPE_CAPACITY)
  let kept = 0
  return {
    peek() {
      const read = kept < block.length ? readSome(fd, block.subarray(kept)) : 'empty'
      if (typeof read !== 'string') kept += read.length
      if (kept > 0) return { kind: 'bytes', bytes: block.subarray(0, kept) }
      return { kind: read === 'ended' ? 'ended' : 'empty' }
    },
    consume(bytes) {
      block.copyWithin(0, bytes, kept)
      kept -= bytes
    },
    more: (within) => new Promise((resolve) => void setTimeout(resolve, Math.min(within, LOOK))),
    close: () => closeSync(fd),
  }
}

const LOOK: Milliseconds = 20

function readSome(fd: number, into: Buffer): Buffer | 'empty' | 'ended' {
  try {
    const length = readSync(fd, into, 0, into.length, null)
    return length === 0 ? 'ended' : into.subarray(0, length)
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return 'empty'
    throw error
  }
}

function readInto(fd: number, into: Buffer): number {
  let length = 0
  while (length < into.length) length += readSync(fd, into, length, into.length - length, null)
  return length
}

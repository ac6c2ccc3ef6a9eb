import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { Bytes } from '../base/size.ts'
import { writersOf } from './log-writers.ts'
import { loadNative, type Native } from './native.ts'
import { errorCode } from './system-error.ts'

export type Staged =
  /** So much is staged. */
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  | { readonly kind: 'empty' }
  /** Nobody has the pipe open for writing any more, and nothing is left in it. */
  | { readonly kind: 'ended' }

/**
 * The reading end of the pipe that a daemon writes to.
 *
 *     daemon ──▶ pipe ──splice(2)──▶ stage ──tee(2)──▶ mirror ──▶ log
 *                                      └──────▶ nothing, when it is in the log
 *
 * What is being written is on the stage, a second pipe that outlives a reader, and is taken from it only when it is
 * written: whether there is something on it tells the next reader how far the last one came. (That is with koffi;
 * without it, what has been read and not yet written is lost with the reader.)
 */
export interface CaptureSource {
  /** What another reader has left on the stage. */
  readonly found: Bytes
  /** Moves what is in the pipe to the stage. */
  stage(): Staged
  /** What is staged, or the beginning of it; good until the next call. */
  look(): Buffer
  /** Writes all that is staged to a place in a file without looking at it. Undefined: it must be looked at. */
  readonly pass: ((fd: number, offset: number) => void) | undefined
  consume(bytes: Bytes): void
  /** Resolves when there may be something more in the pipe, or after the span. */
  more(within: Milliseconds): Promise<void>
  close(): void
}

/** pipe(7): the capacity of a pipe that nobody has changed. */
const PIPE_CAPACITY = 65_536

/**
 * Fewer calls for as many bytes. Where it is refused they stay as they are: what all pipes of a user may hold together
 * is limited, but for root. pipe(7), pipe-user-pages-soft
 */
const WIDE: Bytes = 262_144
/** As fast as cat(1), where nothing is looked at. */
const WIDEST: Bytes = 1_048_576

interface SourceOptions {
  readonly fifo: string
  /** A named pipe that somebody else has open as well. */
  readonly stage: string
  /** All of it will be passed on without a look. */
  readonly passes: boolean
}

export function openSource({ fifo, stage, passes }: SourceOptions): CaptureSource {
  const fd = openSync(fifo, READ)
  const native = loadNative()
  if (native === undefined) return readingSource(fd)
  return stagingSource(fd, stage, native, passes && process.geteuid?.() === 0 ? WIDEST : WIDE)
}

/** Whether everybody who wrote to the pipe has closed it, and nothing is left in it. Takes nothing out of it. */
export function isOver(fifo: string): boolean {
  const fd = openSync(fifo, READ)
  const native = loadNative()
  try {
    if (native === undefined) {
      const { dev, ino } = fstatSync(fd)
      return writersOf({ device: dev, inode: ino }).length === 0
    }
    const [end, mirror] = native.pipe()
    try {
      return native.tee(fd, mirror, 1) === 'ended'
    } finally {
      closeSync(end)
      closeSync(mirror)
    }
  } finally {
    closeSync(fd)
  }
}

const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

function stagingSource(fd: number, stage: string, native: Native, wide: Bytes): CaptureSource {
  const onto = openSync(stage, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  const [mirrorEnd, mirror] = native.pipe()
  const capacities = [fd, onto].map((pipe) => native.widenPipe(pipe, wide))
  // There is room in it for all that a reader before us may have staged.
  const mirrored = native.widenPipe(mirror, Math.max(wide, ...capacities))
  const capacity = Math.min(...capacities, mirrored)
  const nothing = openSync('/dev/null', constants.O_WRONLY)
  const block = Buffer.allocUnsafe(capacity)
  const copyOf = (most: Bytes): Bytes => {
    const copied = native.tee(onto, mirror, most)
    return typeof copied === 'number' ? copied : 0
  }
  const waste = (from: number, bytes: Bytes): void => {
    for (let left = bytes; left > 0;) {
      const gone = native.splice(from, nothing, undefined, left)
      if (typeof gone !== 'number') return
      left -= gone
    }
  }
  const found = copyOf(mirrored)
  waste(mirrorEnd, found)
  let staged = found
  let watch: { close(): void } | undefined
  return {
    found,
    stage() {
      const moved = staged < capacity ? native.splice(fd, onto, undefined, capacity - staged) : 'empty'
      if (typeof moved === 'number') staged += moved
      else if (staged === 0) return { kind: moved }
      return { kind: 'bytes', bytes: staged }
    },
    look() {
      const copied = copyOf(Math.min(staged, block.length))
      return block.subarray(0, readInto(mirrorEnd, block.subarray(0, copied)))
    },
    pass(to, offset) {
      const copied = copyOf(staged)
      let written = 0
      try {
        while (written < copied) {
          const more = native.splice(mirrorEnd, to, offset + written, copied - written)
          if (typeof more !== 'number') throw new Error('the file takes nothing')
          written += more
        }
      } finally {
        waste(mirrorEnd, copied - written)
      }
    },
    consume(bytes) {
      waste(onto, bytes)
      staged -= bytes
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
      for (const one of [fd, onto, mirror, mirrorEnd, nothing]) closeSync(one)
    },
  }
}

/** Without koffi: looks now and then, and what has been read is kept here. */
function readingSource(fd: number): CaptureSource {
  const block = Buffer.allocUnsafe(PIPE_CAPACITY)
  let kept = 0
  return {
    found: 0,
    stage() {
      const read = kept < block.length ? readSome(fd, block.subarray(kept)) : 'empty'
      if (typeof read !== 'string') kept += read.length
      if (kept > 0) return { kind: 'bytes', bytes: kept }
      return { kind: read === 'ended' ? 'ended' : 'empty' }
    },
    look: () => block.subarray(0, kept),
    pass: undefined,
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

import { fsync, read, write } from 'node:fs'
import { promisify } from 'node:util'
import type { Milliseconds } from '../base/duration.ts'
import { systemClock } from './clock.ts'
import { loadNative } from './native.ts'

const readAt = promisify(read)
const writeAt = promisify(write)
const sync = promisify(fsync)

const BLOCK = 1024 * 1024

/** Copies a range of bytes to the same place in another file; other work goes on meanwhile. */
export async function copyBytes(
  from: number,
  to: number,
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  const block = Buffer.allocUnsafe(BLOCK)
  for (let at = range.from; at < range.to;) {
    const { bytesRead } = await readAt(from, block, 0, Math.min(block.length, range.to - at), at)
    if (bytesRead === 0) throw new Error(`it has become shorter than ${range.to} bytes meanwhile`)
    for (let written = 0; written < bytesRead;) {
      const { bytesWritten } = await writeAt(to, block, written, bytesRead - written, at + written)
      written += bytesWritten
    }
    at += bytesRead
  }
}

/** Resolves when all of the file is on the disk. */
export const settle = (fd: number): Promise<void> => sync(fd)

const OFTEN_ENOUGH = 4
const SOON: Milliseconds = 10

/**
 * Has what lies behind a place of a file written to the disk, as far as it is not there yet; not what is before it. What
 * is written meanwhile is left, so again until that is little.
 */
export async function settleTail(fd: number, from: number): Promise<void> {
  const native = loadNative()
  if (native === undefined) return sync(fd)
  for (let times = 0; times < OFTEN_ENOUGH; times += 1) {
    const since = systemClock.monotonic()
    await native.writeOut(fd, { from })
    if (systemClock.monotonic() - since < SOON) return
  }
}

/**
 * Takes the head of a file out of memory, once it is on the disk: cutting it out takes the kernel long otherwise, page by
 * page, and nobody writes to the file meanwhile.
 */
export async function forgetHead(fd: number, to: number): Promise<void> {
  const native = loadNative()
  await native?.writeOut(fd, { from: 0, to })
  await native?.forgetRange(fd, { from: 0, to })
}
/** Whether both files begin with the same so many bytes. */
export async function sameBytes(a: number, b: number, bytes: number): Promise<boolean> {
  const [ofA, ofB] = [Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK)]
  for (let at = 0; at < bytes;) {
    const length = Math.min(BLOCK, bytes - at)
    const [one, other] = await Promise.all([readAt(a, ofA, 0, length, at), readAt(b, ofB, 0, length, at)])
    const common = Math.min(one.bytesRead, other.bytesRead)
    if (common === 0 || !ofA.subarray(0, common).equals(ofB.subarray(0, common))) return false
    at += common
  }
  return true
}

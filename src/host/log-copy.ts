import { fsync, read, write } from 'node:fs'
import { promisify } from 'node:util'

const readAt = promisify(read)
const writeAt = promisify(write)
const sync = promisify(fsync)

const BLOCK = 1024 * 1024

/**
 * Copies a range of bytes to the same place in another file; other work goes on meanwhile. At the end both are on the
 * disk: then a later act on the first does not have to wait for it.
 */
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
  await Promise.all([sync(from), sync(to)])
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

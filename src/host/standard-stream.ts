import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { errorCode, explain } from './system-error.ts'

/** One of our standard streams, as far as it is used. */
export interface StandardStream {
  readonly isTTY: boolean
  write(text: string): void
}

/** An answer that cannot be given: the disk it was to go to is full, for example. */
export class Unwritable extends Error {}

/** How long to wait before a pipe that was full is tried again. */
const PATIENCE = 2

/**
 * Standard output or error, without Node's streams, which take several milliseconds to load. What was written has
 * left when `write` returns, however slowly a pipe is read: whoever writes here may end at once.
 */
export function standardStream(fd: 1 | 2): StandardStream {
  let isTTY: boolean | undefined
  return {
    get isTTY() {
      return (isTTY ??= mayBeTerminal(fd) && isatty(fd))
    },
    write(text) {
      const bytes = Buffer.from(text)
      for (let written = 0; written < bytes.length;) {
        try {
          written += writeSync(fd, bytes, written)
        } catch (error) {
          const code = errorCode(error)
          // Whoever read it has gone, and wants no more: head(1).
          if (code === 'EPIPE') return
          // What complaints would be written to cannot be complained of.
          if (code !== 'EAGAIN' && fd === 2) return
          if (code !== 'EAGAIN') throw new Unwritable(explain(error))
          // Somebody else has made the pipe non-blocking.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE)
        }
      }
    },
  }
}

/** Of a file, a pipe and /dev/null it is known without loading the module that knows terminals. */
function mayBeTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd)
    return stats.isCharacterDevice() && stats.rdev !== DEV_NULL
  } catch {
    return false
  }
}

/** Major 1, minor 3 on Linux. null(4) */
const DEV_NULL = 0x103

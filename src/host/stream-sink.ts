import { write as writeLater } from 'node:fs'
import { promisify } from 'node:util'
import type { Milliseconds } from '../base/duration.ts'
import type { CaptureSink } from './capture-sink.ts'
import { errorCode } from './system-error.ts'

const writeTo = promisify(writeLater)
const LOOK: Milliseconds = 5

/** A descriptor that we were given. Once nobody reads it any more, what would go there goes nowhere. */
export function streamSink(fd: number): CaptureSink {
  let aborted = false
  let gone = false
  const append = async (output: Buffer): Promise<void> => {
    for (let written = 0; written < output.length && !gone;) {
      try {
        const { bytesWritten } = await writeTo(fd, output, written, output.length - written)
        written += bytesWritten
      } catch (error) {
        const code = errorCode(error)
        if (aborted) throw error
        // Somebody has made it non-blocking; ENOSPC: it is a file.
        if (code === 'EAGAIN' || code === 'ENOSPC') await new Promise((resolve) => setTimeout(resolve, LOOK))
        else gone = true
      }
    }
  }
  return {
    append,
    async write(output, _portion, consume) {
      await append(output)
      consume()
    },
    resume() {},
    refresh: () => 0,
    abort: () => void (aborted = true),
    close() {},
  }
}

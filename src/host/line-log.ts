import { closeSync, writeSync } from 'node:fs'
import type { LineLog } from './pattern-host.ts'
import { ok } from '../base/result.ts'
import { openOutput, type FileOutput } from './log-output.ts'

/** Opened for each line, so that a log that was rotated away is not written to. */
export function lineLog(path: string): LineLog {
  const target: FileOutput = { kind: 'file', path, mode: 0o644, owner: undefined }
  return {
    append(line) {
      const opened = openOutput(target)
      if (!opened.ok) return opened
      try {
        writeSync(opened.value, `${line}\n`)
      } catch {
        // A full disk: what was to be told is told on the terminal as well.
      } finally {
        closeSync(opened.value)
      }
      return ok(undefined)
    },
  }
}

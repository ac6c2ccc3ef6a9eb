import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import { err } from '../base/result.ts'
import { writeAtomically } from './atomic-file.ts'
import { fileFailure } from './system-error.ts'

/** Writes a generated file whole, with the directories that lead to it. */
export function writeBootFile(path: string, text: string, mode: number): Result<void, Failure> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  } catch (error) {
    return err(fileFailure('generating', 'write', path, error))
  }
  return writeAtomically(path, text, { mode, stage: 'generating' })
}

/** Whether something is written into a directory rather than to a file of this name. */
export function isDirectory(path: string): boolean {
  if (path.endsWith('/')) return true
  try {
    return statSync(path).isDirectory()
  } catch {
    // Not there, or not for us to see: whoever writes it finds out, and says so.
    return false
  }
}

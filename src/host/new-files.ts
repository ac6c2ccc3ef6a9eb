import { linkSync, mkdirSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { errorCode, fileFailure } from './system-error.ts'

export interface NewFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

/**
 * Writes files that are not there yet: all of them, or none. link(2) gives a whole file its name only if the name is
 * free, whoever else may be writing.
 */
export function writeNewFiles(files: readonly NewFile[]): Result<void, Failure> {
  const made: string[] = []
  for (const file of files) {
    const temporary = `${dirname(file.path)}/.daemonctl-${process.pid}-${made.length}.tmp`
    try {
      mkdirSync(dirname(file.path), { recursive: true })
      writeFileSync(temporary, file.text, { flag: 'wx' })
      chmodSync(temporary, file.mode)
      linkSync(temporary, file.path)
      made.push(file.path)
    } catch (error) {
      for (const path of made) rmSync(path, { force: true })
      return err(whyNot(file.path, error))
    } finally {
      rmSync(temporary, { force: true })
    }
  }
  return ok(undefined)
}

const whyNot = (path: string, error: unknown): Failure =>
  errorCode(error) === 'EEXIST'
    ? failure('failed', 'generating', `${path} is there already: nothing is written`, {
        remedy: 'choose another name, or another directory with --output',
      })
    : fileFailure('generating', 'write', path, error)

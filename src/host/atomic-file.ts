import { closeSync, constants, fchmodSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Failure, Stage } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { HeldDirectory } from './directory.ts'
import { errorCode, fileFailure } from './system-error.ts'

export interface AtomicWrite {
  /** Permission bits, exactly: the umask does not apply. */
  readonly mode: number
  readonly stage: Stage
  /** The directory of the file, where its path is not to be trusted twice. */
  readonly within?: HeldDirectory
}

/**
 * Replaces a file whole: whoever reads it sees the old text or the new one, never a part. rename(2) replaces
 * a symbolic link rather than following it. If we are killed in between, a file `.daemonctl-PID-X.tmp` is left.
 */
export function writeAtomically(path: string, text: string, how: AtomicWrite): Result<void, Failure> {
  const at = (name: string): string => how.within?.at(name) ?? join(dirname(path), name)
  let temporary: Temporary | undefined
  try {
    temporary = openTemporary(at)
    fill(temporary.fd, text, how)
    renameSync(temporary.path, at(basename(path)))
    return ok(undefined)
  } catch (error) {
    if (temporary !== undefined) discard(temporary.path)
    return err(fileFailure(how.stage, 'write', path, error))
  }
}

interface Temporary {
  readonly fd: number
  readonly path: string
}

function openTemporary(at: (name: string) => string): Temporary {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  for (let tries = 1; ; tries += 1) {
    const random = Math.random().toString(36).slice(2, 12)
    const path = at(`.daemonctl-${process.pid}-${random}.tmp`)
    try {
      return { fd: openSync(path, flags, 0o600), path }
    } catch (error) {
      // O_EXCL decides, not chance: whoever guesses the name in a shared directory only makes us take another.
      if (errorCode(error) !== 'EEXIST' || tries === 5) throw error
    }
  }
}

function fill(fd: number, text: string, how: AtomicWrite): void {
  try {
    fchmodSync(fd, how.mode)
    const bytes = Buffer.from(text)
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
  } finally {
    closeSync(fd)
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It had been renamed already, or somebody removed it: there is nothing to tidy up.
  }
}

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  futimesSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { ensureDirectory, inDirectory } from './directory.ts'
import type { FileFactsGatherer } from './file-facts.ts'
import type { Files, LogPosition } from './host.ts'
import { interpreterOf } from './interpreter.ts'
import { readTail } from './log-tail.ts'
import { errorCode, explain, fileFailure } from './system-error.ts'
import type { Owner } from './place.ts'
import { offenceAgainstRoot } from './root-trust.ts'

/** A definition or an environment file of more than this is something else. */
const LARGEST_TRUSTED = 4 * 1024 * 1024
const STAGE = 'preparing files'

export class DiskFiles implements Files {
  readonly #uid: number
  readonly #facts: FileFactsGatherer

  constructor(options: { readonly uid: number; readonly facts: FileFactsGatherer }) {
    this.#uid = options.uid
    this.#facts = options.facts
  }

  exists(path: string): boolean {
    return existsSync(path)
  }

  realPath(path: string): string {
    try {
      return realpathSync(path)
    } catch {
      return path
    }
  }

  isDirectory(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  }

  interpreter(path: string): string | undefined {
    return interpreterOf(path)
  }

  readTrusted(path: string): ReturnType<Files['readTrusted']> {
    try {
      const offence = this.#uid === 0 ? offenceAgainstRoot(path, this.#facts) : undefined
      if (offence !== undefined) return err({ missing: false, ...offence })
      return readRegular(path)
    } catch (error) {
      const code = errorCode(error)
      const missing = code === 'ENOENT' || code === 'ENOTDIR'
      const why = missing ? `there is no ${path}` : `${path} cannot be read: ${explain(error)}`
      return err({ missing, why, remedy: missing ? `make ${path}` : `let it be read by ${this.#reader()}` })
    }
  }

  distrust(path: string): ReturnType<Files['distrust']> {
    try {
      return this.#uid === 0 ? offenceAgainstRoot(path, this.#facts) : undefined
    } catch {
      // It is not there: that is told by whoever runs it.
      return undefined
    }
  }

  makeDirectory(path: string, mode: number, owner: Owner | undefined): Result<void, Failure> {
    const context = { uid: this.#uid, stage: STAGE } as const
    return ensureDirectory(path, { mode, owner: this.#uid === 0 ? owner : undefined }, context)
  }

  touch(path: string): Result<void, Failure> {
    const context = { uid: this.#uid, stage: STAGE, make: { mode: 0o755 } } as const
    return inDirectory(dirname(path), context, (directory) => {
      try {
        touchAt(directory.at(basename(path)))
        return ok(undefined)
      } catch (error) {
        return err(fileFailure(STAGE, 'make', path, error))
      }
    })
  }

  remove(path: string): void {
    try {
      unlinkSync(path)
    } catch {
      // It was not there, or it is not ours to remove and stays.
    }
  }

  logEnd(path: string): LogPosition {
    const stats = sizeOf(path)
    return { path, offset: stats }
  }

  tail(path: string, lines: number, since?: LogPosition): readonly string[] {
    return readTail(path, lines, since?.path === path ? since.offset : 0)
  }

  #reader(): string {
    return this.#uid === 0 ? 'root' : `uid ${this.#uid}`
  }
}

function readRegular(path: string): ReturnType<Files['readTrusted']> {
  const refused = (why: string, remedy: string): ReturnType<Files['readTrusted']> =>
    err({ missing: false, why, remedy })
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return refused(`${path} is not a regular file`, 'name a regular file')
    if (stats.size > LARGEST_TRUSTED) return refused(`${path} is too large for a text`, 'name a text file')
    return ok(readFileSync(fd, 'utf8'))
  } finally {
    closeSync(fd)
  }
}

function touchAt(path: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const fd = openSync(path, flags, 0o644)
  try {
    const now = new Date()
    futimesSync(fd, now, now)
  } finally {
    closeSync(fd)
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  unlinkSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { archiveName, parseArchiveName, type ArchiveName, type Compression } from '../decide/logs/archive-name.ts'
import { parseRotationState, type FileId, type RotationState } from '../decide/logs/rotation-state.ts'
import { writeAtomically } from './atomic-file.ts'
import { inDirectory, type HeldDirectory } from './directory.ts'
import { daemonKey } from './key.ts'
import { collapseHead, firstBlockOf, mayCollapse } from './log-collapse.ts'
import { compressionObstacle } from './log-compression.ts'
import type { ArchiveFile, LiveLog, LogFiles, LogWriter, OpenPiece, PieceFile } from './log-files.ts'
import { openPiece } from './log-piece.ts'
import { writersOf } from './log-writers.ts'
import { pathChanged } from './path-watch.ts'
import { errorCode, fileFailure } from './system-error.ts'

const STAGE = 'rotating the log'
const LARGEST_STATE = 1024 * 1024
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY
const WRITE = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY
const MAKE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

const stateName = (path: string): string => `.${basename(path)}.rotation`
const copyName = (path: string): string => `.${basename(path)}.rotating`
const packedName = (path: string): string => `.${basename(path)}.compressing`
const nameOf = (path: string, archive: ArchiveName): string => archiveName(basename(path), archive)

/** The files of logs on this host. Each act begins with a walk to the directory from the root, see directory.ts. */
export class DiskLogFiles implements LogFiles {
  readonly #uid: number

  constructor(options: { readonly uid: number }) {
    this.#uid = options.uid
  }

  locate(path: string): Result<string, Failure> {
    return this.#within(path, 'look at', (directory) => {
      const entry = lstatSync(directory.at(basename(path)), { throwIfNoEntry: false })
      if (entry?.isSymbolicLink() !== true) return ok(path)
      if (directory.shared) return err(refused(path, 'is a symbolic link that others may have put there'))
      return ok(realpathSync(path))
    })
  }

  lockKey(path: string): string {
    // No daemon's key begins with "+".
    return `+log${daemonKey(join(realDirectory(path), basename(path)), '')}`
  }

  live(path: string): Result<LiveLog | undefined, Failure> {
    return this.#within(path, 'look at', (directory) => {
      const stats = lstatSync(directory.at(basename(path)), { throwIfNoEntry: false })
      if (stats === undefined) return ok(undefined)
      const wrong = wrongKind(path, stats, directory)
      if (wrong !== undefined) return err(wrong)
      return ok({
        file: idOf(stats),
        size: stats.size,
        born: stats.birthtimeMs > 0 ? stats.birthtimeMs : stats.ctimeMs,
        modified: stats.mtimeMs,
        blockSize: stats.blksize,
        mayCollapse: mayCollapse(directory.at('.')),
      })
    })
  }

  state(path: string): RotationState | undefined {
    const read = this.#within(path, 'read the state of', (directory) => {
      const fd = openSync(directory.at(stateName(path)), READ)
      try {
        const { size } = fstatSync(fd)
        if (size > LARGEST_STATE) return ok(undefined)
        const bytes = Buffer.alloc(size)
        return ok(parseRotationState(bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0))))
      } finally {
        closeSync(fd)
      }
    })
    return read.ok ? read.value : undefined
  }

  archives(path: string): Result<readonly ArchiveFile[], Failure> {
    return this.#within(path, 'look for archives of', (directory) => {
      const found = new Map<number, ArchiveFile>()
      for (const name of readdirSync(directory.at('.'))) {
        const archive = parseArchiveName(basename(path), name)
        if (archive === undefined) continue
        const stats = lstatSync(directory.at(name), { throwIfNoEntry: false })
        if (stats?.isFile() !== true) continue
        // While one is being replaced by its compressed form there may be both: the compressed one is whole.
        if (found.has(archive.number) && archive.compression === 'none') continue
        const at = join(dirname(path), name)
        found.set(archive.number, { ...archive, path: at, size: stats.size, file: idOf(stats) })
      }
      return ok([...found.values()].toSorted((a, b) => a.number - b.number))
    })
  }

  copied(path: string): number | undefined {
    const found = this.#within(path, 'look at', (directory) => ok(lstatSync(directory.at(copyName(path))).size))
    return found.ok ? found.value : undefined
  }

  obstacle(how: Compression): Failure | undefined {
    return compressionObstacle(how)
  }

  writers(file: FileId): readonly LogWriter[] {
    return writersOf(file)
  }

  open(path: string, piece: PieceFile): Result<OpenPiece | undefined, Failure> {
    const name = piece === 'live' ? basename(path) : piece === 'copy' ? copyName(path) : nameOf(path, piece)
    const compression = typeof piece === 'string' ? 'none' : piece.compression
    return inDirectory(dirname(path), { uid: this.#uid, stage: 'reading the log' }, (directory) => {
      try {
        const fd = openSync(directory.at(name), READ)
        const stats = fstatSync(fd)
        if (stats.isFile()) return ok(openPiece(fd, idOf(stats), compression))
        closeSync(fd)
        return err(failure('failed', 'reading the log', `${path} is not a regular file`))
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return ok(undefined)
        return err(fileFailure('reading the log', 'read', path, error))
      }
    })
  }

  changed(path: string, signal: AbortSignal): Promise<void> {
    return pathChanged(path, signal, LOOK_ANYWAY)
  }

  writeState(path: string, state: RotationState): Result<void, Failure> {
    return this.#within(path, 'write the state of', (directory) =>
      writeAtomically(join(dirname(path), stateName(path)), `${JSON.stringify(state)}\n`, {
        mode: 0o644,
        stage: STAGE,
        within: directory,
      }),
    )
  }

  async copyHead(path: string, bytes: number, more?: 'more'): Promise<Result<void, Failure>> {
    const opened = this.#within(path, 'copy', (directory) => {
      const copy = directory.at(copyName(path))
      if (more === undefined) unlinkIfThere(copy)
      const from = openChecked(path, directory, READ)
      if (!from.ok) return from
      try {
        const to = more === undefined ? makeLike(copy, fstatSync(from.value), this.#uid) : openSync(copy, WRITE)
        return ok({ from: from.value, to })
      } catch (error) {
        closeSync(from.value)
        throw error
      }
    })
    if (!opened.ok) return opened
    const { from, to } = opened.value
    try {
      const { copyBytes, forgetHead, settle } = await import('./log-copy.ts')
      await copyBytes(from, to, { from: fstatSync(to).size, to: bytes })
      if (more === undefined) await Promise.all([settle(to), forgetHead(from, bytes)])
      return ok(undefined)
    } catch (error) {
      this.discardCopy(path)
      return err(fileFailure(STAGE, 'copy', path, error))
    } finally {
      closeSync(from)
      closeSync(to)
    }
  }

  async settleArchive(path: string, archive: ArchiveName): Promise<Result<void, Failure>> {
    const opened = this.#within(path, 'sync the archive of', (directory) =>
      ok(openSync(directory.at(nameOf(path, archive)), READ)),
    )
    if (!opened.ok) return opened
    try {
      const { settle } = await import('./log-copy.ts')
      await settle(opened.value)
      return ok(undefined)
    } catch (error) {
      return err(fileFailure(STAGE, 'sync the archive of', path, error))
    } finally {
      closeSync(opened.value)
    }
  }

  async settleTail(path: string, from: number): Promise<void> {
    const opened = this.#within(path, 'sync', (directory) => openChecked(path, directory, WRITE))
    if (!opened.ok) return
    try {
      const { settleTail } = await import('./log-copy.ts')
      await settleTail(opened.value, from)
    } finally {
      closeSync(opened.value)
    }
  }

  async beginsWithCopy(path: string, most = Infinity): Promise<boolean> {
    const opened = this.#within(path, 'compare', (directory) => {
      const live = openChecked(path, directory, READ)
      if (!live.ok) return live
      try {
        return ok([live.value, openSync(directory.at(copyName(path)), READ)] as const)
      } catch (error) {
        closeSync(live.value)
        throw error
      }
    })
    if (!opened.ok) return false
    const [live, copy] = opened.value
    try {
      const { sameBytes } = await import('./log-copy.ts')
      return await sameBytes(live, copy, Math.min(most, fstatSync(copy).size))
    } finally {
      closeSync(live)
      closeSync(copy)
    }
  }

  repeatsFrom(path: string, offset: number): boolean {
    const compared = this.#within(path, 'compare', (directory) => {
      const opened = openChecked(path, directory, READ)
      if (!opened.ok) return opened
      const fd = opened.value
      try {
        const length = Math.min(COMPARED, fstatSync(fd).size - offset)
        const [head, rest] = [Buffer.alloc(length), Buffer.alloc(length)]
        readSync(fd, head, 0, length, 0)
        readSync(fd, rest, 0, length, offset)
        return ok(head.equals(rest))
      } finally {
        closeSync(fd)
      }
    })
    return !compared.ok || compared.value
  }

  firstBlock(path: string): string | undefined {
    const found = this.#within(path, 'look at', (directory) => {
      const opened = openChecked(path, directory, READ)
      if (!opened.ok) return opened
      try {
        return ok(firstBlockOf(opened.value))
      } finally {
        closeSync(opened.value)
      }
    })
    return found.ok ? found.value : undefined
  }

  async collapse(path: string, bytes: number, lock: number): Promise<Result<void, Failure>> {
    const opened = this.#within(path, 'cut', (directory) => {
      return openChecked(path, directory, WRITE)
    })
    if (!opened.ok) return opened
    try {
      return await collapseHead(opened.value, bytes, lock)
    } finally {
      closeSync(opened.value)
    }
  }

  truncate(path: string, size: number | 'any'): Result<boolean, Failure> {
    return this.#within(path, 'truncate', (directory) => {
      const opened = openChecked(path, directory, WRITE)
      if (!opened.ok) return opened
      try {
        if (size !== 'any' && fstatSync(opened.value).size !== size) return ok(false)
        ftruncateSync(opened.value, 0)
        return ok(true)
      } finally {
        closeSync(opened.value)
      }
    })
  }

  promoteCopy(path: string, archive: ArchiveName): Result<void, Failure> {
    return this.#within(path, 'rename the copy of', (directory) => {
      renameSync(directory.at(copyName(path)), directory.at(nameOf(path, archive)))
      return ok(undefined)
    })
  }

  discardCopy(path: string): void {
    this.#within(path, 'remove the copy of', (directory) => ok(unlinkIfThere(directory.at(copyName(path)))))
  }

  moveAside(path: string, archive: ArchiveName): Result<void, Failure> {
    return this.#within(path, 'rename', (directory) => {
      const stats = lstatSync(directory.at(basename(path)))
      const wrong = wrongKind(path, stats, directory)
      if (wrong !== undefined) return err(wrong)
      renameSync(directory.at(basename(path)), directory.at(nameOf(path, archive)))
      return ok(undefined)
    })
  }

  remake(path: string, like: ArchiveName): Result<void, Failure> {
    return this.#within(path, 'make', (directory) => {
      const at = directory.at(basename(path))
      if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) return ok(undefined)
      const stats = lstatSync(directory.at(nameOf(path, like)))
      // Under its own name only when it is as it must be: a daemon opens it the moment that it is there.
      const made = directory.at(copyName(path))
      unlinkIfThere(made)
      closeSync(makeLike(made, stats, this.#uid))
      try {
        linkSync(made, at)
      } catch (error) {
        // The daemon was faster: it has made one.
        if (errorCode(error) !== 'EEXIST') throw error
      } finally {
        unlinkIfThere(made)
      }
      return ok(undefined)
    })
  }

  async compress(
    path: string,
    archive: ArchiveName,
    how: 'gzip' | 'zstd',
    lock: number,
  ): Promise<Result<void, Failure>> {
    const opened = this.#within(path, 'compress', (directory) => {
      const from = openSync(directory.at(nameOf(path, archive)), READ)
      try {
        unlinkIfThere(directory.at(packedName(path)))
        return ok({ from, to: makeLike(directory.at(packedName(path)), fstatSync(from), this.#uid) })
      } catch (error) {
        closeSync(from)
        throw error
      }
    })
    if (!opened.ok) return opened
    const { from, to } = opened.value
    try {
      // What compresses takes a while to load, and every command comes through here.
      const { compressInto } = await import('./log-compress.ts')
      const done = await compressInto(how, from, to, lock)
      if (!done.ok) {
        this.#within(path, 'remove', (directory) => ok(unlinkIfThere(directory.at(packedName(path)))))
        return done
      }
      fsyncSync(to)
    } finally {
      closeSync(from)
      closeSync(to)
    }
    return this.#within(path, 'rename', (directory) => {
      renameSync(directory.at(packedName(path)), directory.at(nameOf(path, { ...archive, compression: how })))
      // From here on the plain one is superfluous: it is not counted beside a compressed one of its number.
      unlinkIfThere(directory.at(nameOf(path, archive)))
      return ok(undefined)
    })
  }

  removeArchive(path: string, archive: ArchiveName): Result<void, Failure> {
    return this.#within(path, 'remove an archive of', (directory) => {
      unlinkIfThere(directory.at(nameOf(path, archive)))
      // What an interrupted compression has left.
      unlinkIfThere(directory.at(nameOf(path, { ...archive, compression: 'none' })))
      return ok(undefined)
    })
  }

  #within<T>(path: string, doing: string, use: (directory: HeldDirectory) => Result<T, Failure>): Result<T, Failure> {
    return inDirectory(dirname(path), { uid: this.#uid, stage: STAGE }, (directory) => {
      try {
        return use(directory)
      } catch (error) {
        return err(fileFailure(STAGE, doing, path, error))
      }
    })
  }
}

/** Not every file system tells of a write. */
const LOOK_ANYWAY: Milliseconds = 250

/** Enough to find a difference: what repeats itself for so long has none. */
const COMPARED = 1024 * 1024

const idOf = (stats: Stats): FileId => ({ device: stats.dev, inode: stats.ino })

function openChecked(path: string, directory: HeldDirectory, flags: number): Result<number, Failure> {
  const fd = openSync(directory.at(basename(path)), flags)
  const wrong = wrongKind(path, fstatSync(fd), directory)
  if (wrong === undefined) return ok(fd)
  closeSync(fd)
  return err(wrong)
}

function wrongKind(path: string, stats: Stats, directory: HeldDirectory): Failure | undefined {
  if (stats.isSymbolicLink()) return refused(path, 'is a symbolic link')
  if (!stats.isFile()) return refused(path, 'is not a regular file')
  if (directory.shared && stats.nlink > 1) {
    return refused(path, 'is a second name of some other file, in a directory that others may write')
  }
  return undefined
}

/** A new file, opened for writing, with the owner and mode of another. */
function makeLike(at: string, like: Stats, uid: number): number {
  const fd = openSync(at, MAKE, 0o600)
  try {
    if (uid === 0) fchownSync(fd, like.uid, like.gid)
    fchmodSync(fd, like.mode & 0o777)
    return fd
  } catch (error) {
    closeSync(fd)
    unlinkIfThere(at)
    throw error
  }
}

function unlinkIfThere(at: string): void {
  try {
    unlinkSync(at)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

function realDirectory(path: string): string {
  try {
    return realpathSync(dirname(path))
  } catch {
    return dirname(path)
  }
}

const refused = (path: string, why: string): Failure =>
  failure('failed', STAGE, `${path} is not rotated: it ${why}`, {
    remedy: 'name a regular file, in a directory of its own',
  })

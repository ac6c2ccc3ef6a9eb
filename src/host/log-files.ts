import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { Bytes } from '../base/size.ts'
import type { ArchiveName, Compression } from '../decide/logs/archive-name.ts'
import type { FileId, RotationState } from '../decide/logs/rotation-state.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'

/**
 * The files of a log: the live one, its archives, and in the same directory `.NAME.rotation` (the state),
 * `.NAME.rotating` (a copy that is to become an archive) and `.NAME.compressing`.
 *
 * Every path is one that `locate` gave. Nothing is ever followed through a symbolic link from there on, and no file
 * with a second name is touched in a directory where others may have given it.
 */
export interface LogFiles {
  /** Where the live file really lies; refused if a link that others may have put there leads to it. */
  locate(path: string): Result<string, Failure>
  /** The name of the lock that is held while the files of a log are changed: one for each path. */
  lockKey(path: string): string
  /** undefined: there is no live file. */
  live(path: string): Result<LiveLog | undefined, Failure>
  /** undefined: it was never rotated by us, or what is there is not what we write. */
  state(path: string): RotationState | undefined
  /** The archives by number, the oldest first, each once. */
  archives(path: string): Result<readonly ArchiveFile[], Failure>
  /** The size of `.NAME.rotating`, if it is there. */
  copied(path: string): Bytes | undefined
  /** Why archives cannot be compressed so on this host; undefined: they can. */
  obstacle(how: Compression): Failure | undefined
  /** Processes that have a file open for writing, as far as we may see. */
  writers(file: FileId): readonly LogWriter[]
  /** For reading; undefined: it is not there. */
  open(path: string, piece: PieceFile): Result<OpenPiece | undefined, Failure>
  /** Resolves when something about a log may have changed, or when aborted. The watch is set before this returns. */
  changed(path: string, signal: AbortSignal): Promise<void>

  writeState(path: string, state: RotationState): Result<void, Failure>
  /**
   * The first bytes of the live file to `.NAME.rotating`, on disk when this resolves; with its owner and mode.
   * `more`: what is there already is not copied again, and what is new is on disk later.
   */
  copyHead(path: string, bytes: Bytes, more?: 'more'): Promise<Result<void, Failure>>
  /** Has an archive written to the disk. */
  settleArchive(path: string, archive: ArchiveName): Promise<Result<void, Failure>>
  /** Has what is behind a place of the live file written to the disk: then a cut there does not hold up the daemon. */
  settleTail(path: string, from: Bytes): Promise<void>
  /** Whether the live file begins with what is in `.NAME.rotating`; at most so many bytes are compared. */
  beginsWithCopy(path: string, most?: Bytes): Promise<boolean>
  /** Whether the live file goes on, from `offset` to its end, as it begins: then a cut head would not be missed. */
  repeatsFrom(path: string, offset: Bytes): boolean
  /** Where on the disk the first byte of the live file is: changes when its head is cut out. */
  firstBlock(path: string): string | undefined
  /**
   * Cuts the first bytes out of the live file, as one act of the kernel. The reason of a failure is "unsupported" if
   * nothing was done. The lock is held on by whoever does it, should we be killed meanwhile.
   */
  collapse(path: string, bytes: Bytes, lock: number): Promise<Result<void, Failure>>
  /** Cuts the live file to nothing if it has exactly this size (or any); gives false if it has grown. */
  truncate(path: string, size: Bytes | 'any'): Result<boolean, Failure>
  /** `.NAME.rotating` becomes an archive. */
  promoteCopy(path: string, archive: ArchiveName): Result<void, Failure>
  discardCopy(path: string): void
  /** The live file becomes an archive. */
  moveAside(path: string, archive: ArchiveName): Result<void, Failure>
  /** Makes an empty live file with the owner and mode of an archive, if there is none. */
  remake(path: string, like: ArchiveName): Result<void, Failure>
  /** The archive is replaced by a compressed one. */
  compress(
    path: string,
    archive: ArchiveName,
    how: Exclude<Compression, 'none'>,
    lock: number,
  ): Promise<Result<void, Failure>>
  removeArchive(path: string, archive: ArchiveName): Result<void, Failure>
}

/** `copy`: what is to become an archive, while nobody brings it to its end. */
export type PieceFile = 'live' | 'copy' | ArchiveName

/** A file that stays readable, whatever becomes of its name. */
export interface OpenPiece {
  readonly file: FileId
  readonly compression: Compression
  /** Of a compressed one: on disk. */
  size(): Bytes
  /** Some of the bytes from there on; none at the end. Not for compressed ones. The next call overwrites them. */
  read(offset: Bytes, most?: Bytes): Buffer
  /** From its beginning to its end, decompressed. */
  stream(): AsyncIterable<Buffer>
  close(): void
}

export interface LiveLog {
  readonly file: FileId
  readonly size: Bytes
  readonly born: EpochMilliseconds
  readonly modified: EpochMilliseconds
  /** The kernel cuts out whole blocks of this size only. */
  readonly blockSize: Bytes
  /** Of its file system it is not known that it cannot do that. */
  readonly mayCollapse: boolean
}

export interface ArchiveFile extends ArchiveName {
  readonly path: string
  /** On disk. */
  readonly size: Bytes
  readonly file: FileId
}

export interface LogWriter {
  readonly pid: number
  /** It appends: O_APPEND. Otherwise it would write on at its old offset and leave a hole. open(2) */
  readonly appends: boolean
}

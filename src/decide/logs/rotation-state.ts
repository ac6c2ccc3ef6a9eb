import type { Bytes } from '../../base/size.ts'
import type { EpochMilliseconds } from '../process-facts.ts'

/**
 * A log is a stream of numbered pieces. The last is the live file, the others are archives. A rotation makes the head
 * of the live file (or all of it) an archive; what is behind it becomes the next piece.
 *
 *     1        2        3
 *     archive  archive  live file        next = 3
 *
 * So a place in the log is a piece and an offset, and stays the same when the live file is rotated: whoever reads
 * piece 3 at offset n finds it in the archive 3 afterwards, or, if that ends before n, in the piece behind it.
 *
 * What is written here lies beside the log, in `.NAME.rotation`, and is replaced atomically.
 */
export interface RotationState {
  readonly version: 1
  /** The number of the piece that the live file is. */
  readonly next: number
  /** Since when the live file is that piece. */
  readonly since: EpochMilliseconds
  /** Also some of those that have been removed. */
  readonly archives: readonly ArchivedPiece[]
  /** A rotation that has been begun. */
  readonly pending: PendingRotation | undefined
}

export interface ArchivedPiece {
  readonly number: number
  readonly at: EpochMilliseconds
  /** Its length before compression; undefined: a process may still write to it. */
  readonly bytes: Bytes | undefined
}

/**
 * collapse: the head was copied and is cut out of the live file by the kernel; whoever appends does not notice.
 * rename: the live file becomes the archive, and its writer opens a new one.
 * truncate: copied, and cut to nothing; what is written in between is lost.
 */
export type RotationMethod = 'collapse' | 'rename' | 'truncate'

export interface PendingRotation {
  readonly method: RotationMethod
  /** For the name of the archive. */
  readonly at: EpochMilliseconds
  /** The clock when it was begun; the next piece is as old as that. */
  readonly since: EpochMilliseconds
  /** How much of the live file becomes the archive. */
  readonly bytes: Bytes
  /** The live file before it, and how long it was: it only grows, but by a rotation. */
  readonly file: FileId
  readonly size: Bytes
  /**
   * Where on the disk its first byte was ("": nobody could tell); only where its content cannot tell a log that was
   * cut from one that was not, because it repeats itself.
   */
  readonly firstBlock: string | undefined
}

export interface FileId {
  readonly device: number
  readonly inode: number
}

export const sameFile = (a: FileId, b: FileId): boolean => a.inode === b.inode && a.device === b.device

/** The state of a log that we have never rotated, or whose state was lost: archives say where to go on. */
export const freshState = (since: EpochMilliseconds, lastNumber: number): RotationState => ({
  version: 1,
  next: lastNumber + 1,
  since,
  archives: [],
  pending: undefined,
})

/** The pending rotation is done: its piece is an archive. */
export function completed(state: RotationState, pending: PendingRotation): RotationState {
  const bytes = pending.method === 'rename' ? undefined : pending.bytes
  return {
    ...state,
    next: state.next + 1,
    since: pending.since,
    archives: [...state.archives, { number: state.next, at: pending.at, bytes }],
    pending: undefined,
  }
}

/** undefined: it is not what we write. */
export function parseRotationState(text: string): RotationState | undefined {
  const value = parsed(text)
  if (!isObject(value) || value['version'] !== 1 || !isCount(value['next']) || !isTime(value['since'])) return undefined
  const { next, since } = value
  const written: unknown = value['archives']
  if (!Array.isArray(written)) return undefined
  const archives: ArchivedPiece[] = []
  for (const archive of written) {
    if (!isObject(archive) || !isCount(archive['number']) || !isTime(archive['at'])) return undefined
    const bytes = archive['bytes']
    if (bytes !== undefined && !isCount(bytes)) return undefined
    archives.push({ number: archive['number'], at: archive['at'], bytes })
  }
  const pending = value['pending']
  if (pending === undefined) return { version: 1, next, since, archives, pending }
  const read = pendingOf(pending)
  return read === undefined ? undefined : { version: 1, next, since, archives, pending: read }
}

function pendingOf(value: unknown): PendingRotation | undefined {
  if (!isObject(value) || !isTime(value['at']) || !isCount(value['bytes']) || !isObject(value['file'])) return undefined
  const { method, at, since, bytes, file, size, firstBlock } = value
  if (!isTime(since)) return undefined
  if (method !== 'collapse' && method !== 'rename' && method !== 'truncate') return undefined
  const { device, inode } = file
  if (!isCount(device) || !isCount(inode) || !isCount(size)) return undefined
  return {
    method,
    at,
    since,
    bytes,
    file: { device, inode },
    size,
    firstBlock: typeof firstBlock === 'string' ? firstBlock : undefined,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

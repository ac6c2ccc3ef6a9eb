import { closeSync, constants, fstatSync, openSync, readSync, statSync, unlinkSync, type Stats } from 'node:fs'
import { systemClock } from './clock.ts'
import { errorCode, explain } from './system-error.ts'

/** What we find where we keep our own files. */
export type OwnFileReading =
  | { readonly kind: 'absent' }
  /** There is something, but it is not to be believed or cannot be read. */
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'read'; readonly text: string }

const LARGEST = 1024 * 1024

/** Most files of ours are small: a thousand of them are read into the same place. */
const room = Buffer.allocUnsafe(16 * 1024)

/**
 * Reads a file that only daemonctl writes: refused where somebody else could have written it. Nobody else has any
 * business there, so unlike a pidfile it is believed or it is not: there are no doubts.
 */
export function readOwnFile(path: string, uid: number): OwnFileReading {
  try {
    const strange = strangenessOfDirectory(path.slice(0, path.lastIndexOf('/')), uid)
    if (strange !== undefined) return { kind: 'bad', why: strange }
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return readOpened(path, fd, uid)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    if (code === 'ELOOP') return { kind: 'bad', why: `${path} is a symbolic link` }
    return { kind: 'bad', why: `${path} cannot be read: ${explain(error)}` }
  }
}

/** Removes a file of ours. One that cannot be removed is left: whoever reads it next judges it by what it says. */
export function removeOwnFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was not there, which is what was wanted.
  }
}

/** The modes of what we make: root's is for everybody to see, a user's own is his. */
export const ownDirectoryMode = (uid: number): number => (uid === 0 ? 0o755 : 0o700)
export const OWN_FILE_MODE = 0o644

/** Long enough for a thousand records in one directory, short enough for a watcher. */
const LOOKED_FOR = 1_000
const looked = new Map<string, { readonly at: number; readonly strange: string | undefined }>()

function strangenessOfDirectory(path: string, uid: number): string | undefined {
  const before = looked.get(path)
  const now = systemClock.monotonic()
  // Only what was right is remembered: what was wrong may have been mended by whoever asks again.
  if (before !== undefined && before.strange === undefined && now - before.at < LOOKED_FOR) return undefined
  const strange = strangeness(path, statSync(path), uid)
  looked.set(path, { at: now, strange })
  return strange
}

function readOpened(path: string, fd: number, uid: number): OwnFileReading {
  const stats = fstatSync(fd)
  if (!stats.isFile()) return { kind: 'bad', why: `${path} is not a regular file` }
  const strange = strangeness(path, stats, uid)
  if (strange !== undefined) return { kind: 'bad', why: strange }
  if (stats.size > LARGEST) return { kind: 'bad', why: `${path} is larger than anything we write` }
  const bytes = stats.size <= room.length ? room : Buffer.allocUnsafe(stats.size)
  const length = readSync(fd, bytes, 0, stats.size, 0)
  return { kind: 'read', text: bytes.toString('utf8', 0, length) }
}

function strangeness(path: string, stats: Stats, uid: number): string | undefined {
  if (stats.uid !== 0 && stats.uid !== uid) return `${path} belongs to uid ${stats.uid}`
  if ((stats.mode & 0o002) !== 0) return `everybody may write ${path}`
  if ((stats.mode & 0o020) !== 0 && stats.gid !== 0) return `the group ${stats.gid} may write ${path}`
  return undefined
}

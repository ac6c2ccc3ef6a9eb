import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'

/**
 * V8's compiled form of the program, kept between runs: most of the time of a command would otherwise go into
 * compiling it again. Whoever can write such a file can make us execute anything, so it lies where only its owner
 * may write, and owner and mode are looked at before it is believed. Without it, or with a damaged one,
 * everything works and takes longer.
 */
export interface CodeCache {
  read(): Buffer | undefined
  /** Atomically. What cannot be written is not. */
  write(code: Buffer): void
}

/** Three versions of every command. */
const MOST_FILES = 64
/** A host with so many files of definitions reads some of them anew. */
const MOST_DEFINITIONS = 2000

const OTHERS_WRITE = 0o022

export function codeCache(directory: string, name: string, uid: number): CodeCache {
  const path = `${directory}/${name}`
  return {
    read() {
      let fd: number | undefined
      try {
        if (!isOurs(lstatSync(directory), uid)) return undefined
        fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
        const stats = fstatSync(fd)
        return stats.isFile() && isOurs(stats, uid) ? onceOf(readFileSync(fd)) : undefined
      } catch {
        return undefined
      } finally {
        if (fd !== undefined) closeSync(fd)
      }
    },
    write(code) {
      const temporary = `${path}.${process.pid}.tmp`
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        const stats = lstatSync(directory)
        if (!stats.isDirectory() || !isOurs(stats, uid)) return
        const fd = openSync(
          temporary,
          constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
          0o600,
        )
        try {
          writeSync(fd, Buffer.concat([code, code]))
        } finally {
          closeSync(fd)
        }
        renameSync(temporary, path)
        forgetOld(directory)
      } catch {
        try {
          unlinkSync(temporary)
        } catch {
          // It was never made.
        }
      }
    },
  }
}

/**
 * It is written twice: V8 believes whatever is as long as its own code was, and ends our process if it is not. A power
 * cut may leave zeros where a file was, a disk may fail. To compare takes a fifth of a millisecond, a checksum ten.
 */
function onceOf(twice: Buffer): Buffer | undefined {
  const half = twice.length / 2
  if (!Number.isInteger(half)) return undefined
  const once = twice.subarray(0, half)
  return once.equals(twice.subarray(half)) ? once : undefined
}

/** Other versions of the program and of Node leave theirs: the newest are enough. */
function forgetOld(directory: string): void {
  const entries = readdirSync(directory)
  forgetOldest(
    directory,
    entries.filter((entry) => /^[0-9a-f]{16,64}-v[\d.]+-\w+-[a-z-]+\.code$/.test(entry)),
    MOST_FILES,
  )
  forgetOldest(
    directory,
    entries.filter((entry) => /^definitions-[0-9a-f]{16}\.json$/.test(entry)),
    MOST_DEFINITIONS,
  )
}

function forgetOldest(directory: string, entries: readonly string[], most: number): void {
  if (entries.length <= most) return
  const files = entries
    .map((entry) => ({ path: `${directory}/${entry}`, at: lstatSync(`${directory}/${entry}`).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)
  for (const { path } of files.slice(most)) unlinkSync(path)
}

/** Ours alone: a cache of root's is not to be believed by others any more than one of theirs by root. */
const isOurs = (stats: { readonly uid: number; readonly mode: number }, uid: number): boolean =>
  stats.uid === uid && (stats.mode & OTHERS_WRITE) === 0

/** root's in /var/cache, a user's in his own cache directory; undefined: there is no place, or none is wanted. */
export function cacheDirectory(
  uid: number,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const chosen = environment['DAEMONCTL_CACHE_DIR']
  if (chosen !== undefined) return chosen.startsWith('/') ? chosen : undefined
  if (uid === 0) return '/var/cache/daemonctl'
  const xdg = environment['XDG_CACHE_HOME']
  if (xdg?.startsWith('/') === true) return `${xdg}/daemonctl`
  const home = environment['HOME']
  return home?.startsWith('/') === true ? `${home}/.cache/daemonctl` : undefined
}

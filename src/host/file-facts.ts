import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { systemClock } from './clock.ts'
import type { DirectoryFacts, FileFacts } from '../decide/pidfile-trust.ts'

/** Long enough for one command over a thousand pidfiles, short enough for a watcher that lives for months. */
const CACHED_FOR = 1_000

/** The facts of a file, and which inode they are about. */
export interface GatheredFacts extends FileFacts {
  readonly stats: Stats
}

/**
 * Gathers who could have written a file. The directories that lead to it are looked at once, not once for each of
 * a thousand pidfiles in one directory. What cannot be looked at throws its system error.
 */
export class FileFactsGatherer {
  readonly #now: () => number
  readonly #cache = new Map<string, { readonly at: number; readonly directories: readonly DirectoryFacts[] }>()

  constructor(now: () => number = systemClock.monotonic) {
    this.#now = now
  }

  /**
   * Of a symbolic link: where the link lies, but whose and what its target is, because a link itself has no
   * permissions. Where the target lies is asked with the target's own path.
   */
  gather(path: string): GatheredFacts {
    const own = lstatSync(path)
    const stats = own.isSymbolicLink() ? statSync(path) : own
    return {
      path,
      isRegular: stats.isFile(),
      isSymlink: own.isSymbolicLink(),
      owner: stats.uid,
      group: stats.gid,
      mode: stats.mode & 0o7777,
      directories: this.directories(dirname(path)),
      stats,
    }
  }

  /** From a directory up to the root; where it is reached through links, every way. */
  directories(path: string): readonly DirectoryFacts[] {
    const cached = this.#cache.get(path)
    if (cached !== undefined && this.#now() - cached.at < CACHED_FOR) return cached.directories
    const directories = walkUp(path)
    this.#cache.set(path, { at: this.#now(), directories })
    return directories
  }
}

function walkUp(path: string): readonly DirectoryFacts[] {
  const found = new Map<string, DirectoryFacts>()
  const ways = [path]
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const place of upwards(way)) {
      if (found.has(place)) break
      const stats = lstatSync(place)
      found.set(place, directoryFacts(place, stats))
      if (stats.isSymbolicLink()) ways.push(realpathSync(place), resolve(dirname(place), readlinkSync(place)))
    }
  }
  return [...found.values()]
}

/** Whoever owns a link decides where it leads; its permission bits say nothing. symlink(7) */
const directoryFacts = (path: string, stats: Stats): DirectoryFacts => ({
  path,
  owner: stats.uid,
  group: stats.gid,
  mode: stats.isSymbolicLink() ? 0o755 : stats.mode & 0o7777,
})

function upwards(path: string): readonly string[] {
  const places = [path]
  for (let place = path; place !== dirname(place);) {
    place = dirname(place)
    places.push(place)
  }
  return places
}

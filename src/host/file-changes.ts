import { statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import type { FileChanges } from './watch-host.ts'

/** Where the kernel tells nothing: a missing directory, a file system of another machine, no inotify left. */
const LOOK_EVERY: Milliseconds = 5_000

/** One watch for each directory, however many files in it matter: a thousand daemons keep their records in one. */
export class SharedFileChanges implements FileChanges {
  readonly #directories = new Map<string, WatchedDirectory>()

  watch(path: string, changed: () => void): { close(): void } {
    const directory = dirname(path)
    const watched = this.#directories.get(directory) ?? new WatchedDirectory(directory)
    this.#directories.set(directory, watched)
    const stop = watched.add(basename(path), changed)
    return {
      close: () => {
        if (stop() > 0) return
        watched.close()
        if (this.#directories.get(directory) === watched) this.#directories.delete(directory)
      },
    }
  }
}

class WatchedDirectory {
  readonly #path: string
  readonly #listeners = new Map<string, Set<() => void>>()
  #count = 0
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #seen = new Map<string, string>()

  constructor(path: string) {
    this.#path = path
    this.#begin()
  }

  /** Gives what takes it away again, and says then how many are left. */
  add(name: string, changed: () => void): () => number {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    const listener = (): void => changed()
    listeners.add(listener)
    this.#count += 1
    if (this.#watcher === undefined) this.#seen.set(name, this.#stamp(name))
    return () => {
      if (listeners.delete(listener)) this.#count -= 1
      if (listeners.size === 0) this.#listeners.delete(name)
      return this.#count
    }
  }

  close(): void {
    this.#watcher?.close()
    clearInterval(this.#timer)
    this.#watcher = undefined
    this.#timer = undefined
  }

  #begin(): void {
    try {
      this.#watcher = watch(this.#path, { persistent: false }, (_event, name) => this.#tell(name))
      this.#watcher.on('error', () => this.#fallBack())
    } catch {
      this.#fallBack()
    }
  }

  #tell(name: string | null): void {
    // Without a name, or with its own, the directory itself has changed: everything in it may have.
    if (name === null || name === basename(this.#path)) {
      this.#tellAll()
      if (statSync(this.#path, { throwIfNoEntry: false }) === undefined) this.#fallBack()
      return
    }
    for (const listener of this.#listeners.get(name) ?? []) listener()
  }

  #tellAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener()
  }

  #fallBack(): void {
    this.close()
    for (const name of this.#listeners.keys()) this.#seen.set(name, this.#stamp(name))
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY)
    this.#timer.unref()
  }

  #look(): void {
    if (statSync(this.#path, { throwIfNoEntry: false })?.isDirectory() === true) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#begin()
    }
    for (const [name, listeners] of this.#listeners) {
      const stamp = this.#stamp(name)
      if (stamp === this.#seen.get(name)) continue
      this.#seen.set(name, stamp)
      for (const listener of listeners) listener()
    }
  }

  #stamp(name: string): string {
    const stats = statSync(`${this.#path}/${name}`, { throwIfNoEntry: false })
    return stats === undefined ? '' : `${stats.ino} ${stats.mtimeMs} ${stats.size}`
  }
}

import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { RememberedPhase } from '../decide/watch/state.ts'
import type { Tally } from '../decide/watch/tally.ts'
import type { Host } from './host.ts'

export type { NotifyEar } from './notify.ts'

/** What the watcher needs of the world besides what the verbs need. */
export interface WatchHost {
  readonly host: Host
  readonly changes: FileChanges
  readonly memory: WatchMemory
}

/** Files that appear, change or vanish. inotify(7) */
export interface FileChanges {
  /**
   * Calls back whenever something about the file may have changed; never from within this call. A directory that is
   * not there yet, and a file system without events, are looked at every few seconds.
   */
  watch(path: string, changed: () => void): { close(): void }
}

/** What a watcher remembers of a daemon for the watcher after it: within one boot. */
export interface Remembered {
  readonly tally: Tally
  /** Where it had come to: what holds it back still does. Its times are of the monotonic clock of this boot. */
  readonly phase: RememberedPhase
  /** When the wish was written that was in force: an operator who has said something since knows better. */
  readonly wish: EpochMilliseconds | undefined
}

export interface WatchMemory {
  /** undefined: nothing is known, or it is of an earlier boot. */
  read(key: string): Remembered | undefined
  /** What cannot be written is told once, and goes without. */
  write(key: string, remembered: Remembered): void
  remove(key: string): void
}

/** Where the things of one daemon lie that somebody else may change. */
export interface Places {
  readonly wish: string
  readonly record: string
  readonly pidfile: string
}

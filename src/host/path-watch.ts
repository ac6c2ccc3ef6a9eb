import { existsSync, readlinkSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname, resolve as resolvePath } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'

/** Where the kernel cannot tell (no inotify left, too many open files), the caller looks this often. */
const WITHOUT_EVENTS: Milliseconds = 50
/** A file system of another machine reports no events. inotify(7), "Limitations and caveats" */
const SAFETY: Milliseconds = 1_000

/**
 * Resolves when something about a path may have changed, or when aborted. It may resolve for nothing, never miss:
 * the watch is set before this returns, so begin it, then look, then await it.
 */
export function pathChanged(path: string, signal: AbortSignal, safety: Milliseconds = SAFETY): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = []
    let timer: NodeJS.Timeout | undefined
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      for (const watcher of watchers) watcher.close()
      resolve()
    }
    const fallBack = (): void => {
      clearTimeout(timer)
      timer = setTimeout(finish, WITHOUT_EVENTS)
    }
    signal.addEventListener('abort', finish, { once: true })
    timer = setTimeout(finish, safety)
    try {
      const places = watchedPlaces(path)
      for (const place of places) watchers.push(watchPlace(place, finish, fallBack))
      // A directory made between looking for it and watching what leads to it is a change already.
      if (!samePlaces(places, watchedPlaces(path))) finish()
    } catch {
      fallBack()
    }
  })
}

/** Looks now and whenever something about a path may have changed, until it was worth it; false when aborted. */
export async function lookUntil(
  look: () => boolean,
  path: string,
  signal: AbortSignal,
  safety: Milliseconds = SAFETY,
): Promise<boolean> {
  while (!signal.aborted) {
    const watching = new AbortController()
    const stop = (): void => watching.abort()
    signal.addEventListener('abort', stop, { once: true })
    const changed = pathChanged(path, watching.signal, safety)
    const found = look()
    if (found) stop()
    await changed
    signal.removeEventListener('abort', stop)
    if (found) return !signal.aborted
  }
  return false
}

interface Place {
  readonly directory: string
  /** The entry of the directory that matters. */
  readonly name: string
}

/** Where the path would change: in its directory, or in the nearest that there is; for a link, its target's also. */
function watchedPlaces(path: string): readonly Place[] {
  const target = linkTarget(path)
  return target === undefined ? [nearestPlace(path)] : [nearestPlace(path), nearestPlace(target)]
}

const samePlaces = (a: readonly Place[], b: readonly Place[]): boolean =>
  a.length === b.length && a.every((place, index) => place.directory === b[index]?.directory)

function nearestPlace(path: string): Place {
  let place: Place = { directory: dirname(path), name: basename(path) }
  while (!existsSync(place.directory) && place.directory !== '/') {
    place = { directory: dirname(place.directory), name: basename(place.directory) }
  }
  return place
}

function linkTarget(path: string): string | undefined {
  try {
    return resolvePath(dirname(path), readlinkSync(path))
  } catch {
    return undefined
  }
}

function watchPlace(place: Place, changed: () => void, failed: () => void): FSWatcher {
  const watcher = watch(place.directory, (_event, name) => {
    // The directory itself was moved or removed: its own name is told, or none.
    if (name === null || name === place.name || name === basename(place.directory)) changed()
  })
  return watcher.on('error', failed)
}

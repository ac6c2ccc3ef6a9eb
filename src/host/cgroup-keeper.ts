import { readFileSync, readdirSync, rmdirSync, statSync, watch, writeFileSync, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import { isCgroupOfOurs, type CgroupMaker } from './cgroup-place.ts'
import type { CgroupKeeper } from './host.ts'

/** Should an event be lost, this is how late its news is. */
const SAFETY: Milliseconds = 250
/** Cgroups below cgroups: deeper than any daemon nests them. */
const DEEPEST = 16

/** Looks into cgroups and ends what is in them. Nothing here throws: a cgroup may go at any moment. cgroups(7) */
export class LinuxCgroupKeeper implements CgroupKeeper {
  readonly #maker: CgroupMaker

  constructor(maker: CgroupMaker) {
    this.#maker = maker
  }

  make(key: string): string | undefined {
    return this.#maker.make(key)
  }

  placeOf(key: string): string | undefined {
    return this.#maker.placeOf(key)
  }

  join(path: string, pid: number): Promise<boolean> {
    return this.#maker.join(path, pid)
  }

  members(path: string): readonly number[] | undefined {
    const own = linesOf(join(path, 'cgroup.procs'))
    if (own === undefined) return undefined
    // 0 stands for a process that our PID namespace does not show.
    const pids = own.map(Number).filter((pid) => pid > 0)
    return [...pids, ...children(path).flatMap((child) => membersBelow(child, DEEPEST))]
  }

  /** Since Linux 5.14. Not if we are in it ourselves: a hook of the daemon may have called us. */
  kill(path: string): boolean {
    if (!isCgroupOfOurs(path) || this.members(path)?.includes(process.pid) !== false) return false
    try {
      writeFileSync(join(path, 'cgroup.kill'), '1', { flag: 'r+' })
      return true
    } catch {
      return false
    }
  }

  remove(path: string): void {
    if (isCgroupOfOurs(path) && this.members(path) !== undefined) removeTree(path, DEEPEST)
  }

  outOfMemoryKills(path: string): number {
    const line = linesOf(join(path, 'memory.events'))?.find((text) => text.startsWith('oom_kill '))
    return line === undefined ? 0 : Number(line.slice('oom_kill '.length))
  }

  /** Resolves when no process is left in the cgroup or below it, or there is no such cgroup, or when aborted. */
  emptied(path: string, signal: AbortSignal): Promise<void> {
    const file = join(path, 'cgroup.events')
    const populated = (): boolean => linesOf(file)?.includes('populated 1') === true
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const watcher = watchFile(file, () => look())
      const timer = setInterval(() => look(), SAFETY)
      const finish = (): void => {
        watcher?.close()
        clearInterval(timer)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const look = (): void => {
        if (!populated()) finish()
      }
      signal.addEventListener('abort', finish, { once: true })
      look()
    })
  }
}

function membersBelow(path: string, depth: number): readonly number[] {
  if (depth === 0) return []
  const own = linesOf(join(path, 'cgroup.procs')) ?? []
  const pids = own.map(Number).filter((pid) => pid > 0)
  return [...pids, ...children(path).flatMap((child) => membersBelow(child, depth - 1))]
}

function removeTree(path: string, depth: number): void {
  if (depth > 0) for (const child of children(path)) removeTree(child, depth - 1)
  try {
    rmdirSync(path)
  } catch {
    // Still populated, or gone.
  }
}

function children(path: string): readonly string[] {
  try {
    // A directory of the kernel's has a link for itself, one for its name, and one for each directory in it.
    if (statSync(path).nlink === 2) return []
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name))
  } catch {
    return []
  }
}

function linesOf(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return undefined
  }
}

/** The kernel tells of a change of these files as of one that was written. */
function watchFile(path: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, changed)
    return watcher.on('error', () => watcher.close())
  } catch {
    return undefined
  }
}

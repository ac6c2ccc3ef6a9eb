import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFile, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from './system-error.ts'

/** What makes the cgroup of a daemon and puts its first process there. */
export interface CgroupMaker {
  /** The absolute path of a cgroup for the daemon of that key; undefined if none can be had. */
  make(key: string): string | undefined
  /** The same path if it has been made. */
  placeOf(key: string): string | undefined
  join(path: string, pid: number): Promise<boolean>
  joinAtOnce(path: string, pid: number): boolean
}

/** Where cgroups are found out about; tests hand in texts of other hosts. */
export interface CgroupSources {
  /** /proc/self/mountinfo. proc_pid_mountinfo(5) */
  readonly mountinfo: string
  /** /proc/self/cgroup. cgroups(7) */
  readonly cgroup: string
  /** Never leave our own cgroup: a unit of systemd loses a process that does (Type=forking). */
  readonly stayBelowOwn?: boolean
}

export const readCgroupSources = (): Pick<CgroupSources, 'mountinfo' | 'cgroup'> => ({
  mountinfo: textOf('/proc/self/mountinfo'),
  cgroup: textOf('/proc/self/cgroup'),
})

/**
 * Cgroups of version 2 only: there membership is inherited by fork(2) and cannot be left without permission. On a
 * hybrid host that hierarchy has no controllers and lies at /sys/fs/cgroup/unified, which is all that is needed.
 *
 *     MOUNT/daemonctl/KEY      root, or whoever may write there
 *     OWN/daemonctl-KEY        whoever our own cgroup has been delegated to
 */
export function cgroupMaker(sources: () => CgroupSources): CgroupMaker {
  let parents: readonly Parent[] | undefined
  const counting = new Set<string>()
  return {
    make(key) {
      parents ??= parentsIn(sources())
      for (const parent of parents) {
        const path = make(parent, key, counting)
        if (path !== undefined) return path
      }
      return undefined
    },
    placeOf(key) {
      parents ??= parentsIn(sources())
      return parents.map((parent) => pathIn(parent, key)).find((path) => existsSync(path))
    },
    join(path, pid) {
      // Not by promises: the module that has those takes longer to load than all of this.
      return new Promise((resolve) => {
        writeFile(join(path, 'cgroup.procs'), String(pid), { flag: 'r+' }, (error) => resolve(error === null))
      })
    },
    joinAtOnce(path, pid) {
      try {
        writeFileSync(join(path, 'cgroup.procs'), String(pid), { flag: 'r+' })
        return true
      } catch {
        return false
      }
    },
  }
}

/** Whether a path is that of a cgroup which `cgroupMaker` may have made: nothing else is ever emptied or removed. */
export const isCgroupOfOurs = (path: string): boolean =>
  /^\/(?:[^/]+\/)+(?:daemonctl\/|daemonctl-)[^/]+$/.test(path) && !path.split('/').includes('..')

interface Parent {
  readonly path: string
  /** Made by us on the way; its children get the memory controller, for its count of kills. */
  readonly own: string | undefined
  readonly nameOf: (key: string) => string
}

function parentsIn({ mountinfo, cgroup, stayBelowOwn = false }: CgroupSources): readonly Parent[] {
  const mounts = cgroup2Mounts(mountinfo)
  const top = mounts.map(({ mountPoint }) => ({ path: mountPoint, own: 'daemonctl', nameOf: safeName }))
  const path = ownCgroup(cgroup)
  const below = mounts
    .map((mount) => (path === undefined ? undefined : directoryOf(path, mount)))
    .filter((directory) => directory !== undefined)
    .map((directory) => ({ path: directory, own: undefined, nameOf: (key: string) => `daemonctl-${key}` }))
  return stayBelowOwn ? below : [...top, ...below]
}

export interface Cgroup2Mount {
  readonly mountPoint: string
  /** Which cgroup is mounted there: "/", or a container's own. */
  readonly root: string
}

export function cgroup2Mounts(mountinfo: string): readonly Cgroup2Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ', 2)
    const [, , , root, mountPoint] = before.split(' ')
    if (!after.startsWith('cgroup2 ') || root === undefined || mountPoint === undefined) return []
    return [{ mountPoint: unescaped(mountPoint), root: unescaped(root) }]
  })
}

/** The path of our own cgroup in the hierarchy of version 2. */
export const ownCgroup = (text: string): string | undefined => /^0::(\/.*)$/m.exec(text)?.[1]

/** Where a cgroup is to be seen in a mount, if it is. Above the root of our namespace it reads "/..". */
export function directoryOf(cgroup: string, { mountPoint, root }: Cgroup2Mount): string | undefined {
  const base = root === '/' ? '' : root
  if (cgroup.split('/').includes('..') || (cgroup !== root && !cgroup.startsWith(`${base}/`))) return undefined
  return cgroup === root ? mountPoint : join(mountPoint, cgroup.slice(base.length))
}

/** Blank, tab, line end and backslash are written in octal. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

/** No key may be taken for a file of the kernel's ("cgroup.procs"); systemd escapes the names of units so. */
const safeName = (key: string): string => (KERNEL_FILE.test(key) ? `_${key}` : key)
const KERNEL_FILE = /^(?:_|(?:cgroup|cpu|cpuset|dmem|hugetlb|io|irq|memory|misc|perf_event|pids|rdma)\.)/

const pathIn = ({ path, own, nameOf }: Parent, key: string): string => join(path, own ?? '', nameOf(key))

/** `counting`: where memory is counted already, as far as that can be. The kernel takes a millisecond to say so. */
function make(parent: Parent, key: string, counting: Set<string>): string | undefined {
  try {
    if (parent.own !== undefined) {
      const directory = join(parent.path, parent.own)
      makeUnlessThere(directory)
      for (const counted of [parent.path, directory]) {
        if (!counting.has(counted)) countMemoryIn(counted)
        counting.add(counted)
      }
    }
    const path = pathIn(parent, key)
    makeUnlessThere(path)
    // A threaded or invalid domain has the file, but takes nobody in.
    const type = textOf(join(path, 'cgroup.type')).trim()
    if (type !== 'domain') return undefined
    accessSync(join(path, 'cgroup.procs'), constants.W_OK)
    return path
  } catch {
    return undefined
  }
}

function makeUnlessThere(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

/** So that a kill for lack of memory can be told from others; without the controller it cannot. */
function countMemoryIn(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.subtree_control'), '+memory', { flag: 'r+' })
  } catch {
    // No such controller here, or not ours to give.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

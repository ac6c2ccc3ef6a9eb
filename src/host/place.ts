import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  statSync,
  type Stats,
} from 'node:fs'
import { join } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** A directory on the way to another. All of it throws system errors. */
export interface Place {
  /** The path of an entry. */
  at(name: string): string
  facts(): Stats
  /** An entry, the link itself if it is one. */
  look(name: string): Stats
  /** The directory of that name; `real`: ENOTDIR if it is a symbolic link. */
  enter(name: string, kind: 'real' | 'linked'): Place
  give(owner: Owner): void
  permit(mode: number): void
  close(): void
}

/**
 * On Linux a directory is held by a descriptor, and its entries are reached through /proc/self/fd: as openat(2)
 * does it, which Node does not offer. Elsewhere it is only a path, and must be believed to stay what it was.
 */
export const rootPlace = (platform: string = process.platform): Place =>
  platform === 'linux' ? heldPlace('/', 0) : namedPlace('/')

/** Not in node:fs; the same number on every architecture for which there is a Node. open(2) */
const O_PATH = 0o10000000

function heldPlace(path: string, follow: number): Place {
  const fd = openSync(path, O_PATH | constants.O_DIRECTORY | follow)
  const self = `/proc/self/fd/${fd}`
  const at = (name: string): string => `${self}/${name}`
  return {
    at,
    facts: () => fstatSync(fd),
    look: (name) => lstatSync(at(name)),
    enter: (name, kind) => heldPlace(at(name), kind === 'real' ? constants.O_NOFOLLOW : 0),
    give: (owner) => chownSync(self, owner.uid, owner.gid),
    permit: (mode) => chmodSync(self, mode),
    close: () => closeSync(fd),
  }
}

function namedPlace(path: string): Place {
  const at = (name: string): string => join(path, name)
  return {
    at,
    facts: () => statSync(path),
    look: (name) => lstatSync(at(name)),
    enter(name, kind) {
      const stats = kind === 'real' ? lstatSync(at(name)) : statSync(at(name))
      if (stats.isDirectory()) return namedPlace(at(name))
      throw Object.assign(new Error(`ENOTDIR: not a directory, open '${at(name)}'`), { code: 'ENOTDIR' })
    },
    give: (owner) => chownSync(path, owner.uid, owner.gid),
    permit: (mode) => chmodSync(path, mode),
    close: () => {},
  }
}

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs'
import { failure, type Failure, type Stage } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { errorCode, fileFailure } from './system-error.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** How a directory that is missing is to be made. */
export interface NewDirectory {
  readonly mode: number
  readonly owner?: Owner | undefined
}

/** A directory held by a descriptor: what happens to its path meanwhile no longer matters. */
export interface HeldDirectory {
  /** The path of a file in it, good as long as the directory is held. proc_pid_fd(5) */
  at(name: string): string
  readonly facts: Stats
  /** Someone else may put files in it, and symbolic links. */
  readonly shared: boolean
}

/** Not in node:fs; the same number on every architecture that Node runs on. open(2) */
const O_PATH = 0o10000000
const STICKY = 0o1000

/**
 * Walks to a directory from the root, one name after the other, and holds it while `use` works in it. A symbolic
 * link on the way is followed only where nobody else could have put it: root must not be led into /etc by the
 * owner of a log directory. Each step is taken from the descriptor of the step before (as openat(2) does), so
 * that a component swapped behind our back changes nothing. What is missing is made if `make` says how.
 */
export function inDirectory<T>(
  path: string,
  options: { readonly uid: number; readonly stage: Stage; readonly make?: NewDirectory | undefined },
  use: (directory: HeldDirectory) => Result<T, Failure>,
): Result<T, Failure> {
  const { uid, stage, make } = options
  let held: number | undefined
  try {
    held = openSync('/', O_PATH | constants.O_DIRECTORY)
    const names = path.split('/').filter((name) => name !== '' && name !== '.')
    for (const [index, name] of names.entries()) {
      const step = enter(held, name, { uid, make: make && asPartOf(make, index === names.length - 1) })
      if (step === 'refused') return err(refusedLink(`/${names.slice(0, index + 1).join('/')}`, path, stage))
      closeSync(held)
      held = step
    }
    const fd = held
    const facts = fstatSync(fd)
    return use({ at: (name) => `/proc/self/fd/${fd}/${name}`, facts, shared: isShared(facts, uid) })
  } catch (error) {
    return err(fileFailure(stage, make === undefined ? 'open the directory' : 'make the directory', path, error))
  } finally {
    if (held !== undefined) closeSync(held)
  }
}

/** Makes a directory, and what leads to it, where it is missing. The modes are exact, whatever the umask. */
export const ensureDirectory = (
  path: string,
  make: NewDirectory,
  context: { readonly uid: number; readonly stage: Stage },
): Result<void, Failure> => inDirectory(path, { ...context, make }, () => ok(undefined))

/** Whether someone whom `uid` does not trust may put files into a directory. */
export function isShared(directory: Stats, uid: number): boolean {
  if (directory.uid !== 0 && directory.uid !== uid) return true
  if ((directory.mode & 0o002) !== 0) return true
  // To a user his group is not a stranger (umask 002 is usual); to root it is.
  return uid === 0 && directory.gid !== 0 && (directory.mode & 0o020) !== 0
}

/** What leads to a new directory is open to all as usual, or private with it, and ours. systemd.exec(5), RuntimeDirectory= */
const asPartOf = (make: NewDirectory, last: boolean): NewDirectory =>
  last ? make : { mode: (make.mode & 0o077) === 0 ? 0o700 : 0o755 }

function enter(
  parent: number,
  name: string,
  options: { readonly uid: number; readonly make: NewDirectory | undefined },
): number | 'refused' {
  const at = `/proc/self/fd/${parent}/${name}`
  try {
    return openSync(at, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && options.make !== undefined) return makeAndEnter(at, options.make)
    if (errorCode(error) !== 'ENOTDIR') throw error
    const link = lstatSync(at)
    if (link.isSymbolicLink() && !mayFollow(link, fstatSync(parent), options.uid)) return 'refused'
    return openSync(at, O_PATH | constants.O_DIRECTORY)
  }
}

/** In a sticky directory nobody but its owner can have put a link in the place of another's. */
function mayFollow(link: Stats, directory: Stats, uid: number): boolean {
  if (!isShared(directory, uid)) return true
  const trusted = (owner: number): boolean => owner === 0 || owner === uid
  return (directory.mode & STICKY) !== 0 && trusted(directory.uid) && trusted(link.uid)
}

function makeAndEnter(at: string, make: NewDirectory): number {
  const made = mkdirUnlessThere(at, make.mode)
  const fd = openSync(at, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    if (!made) return fd
    const self = `/proc/self/fd/${fd}`
    const owner = make.owner
    if (owner !== undefined) chownSync(self, owner.uid, owner.gid)
    if ((fstatSync(fd).mode & 0o777) !== make.mode) chmodSync(self, make.mode)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function mkdirUnlessThere(at: string, mode: number): boolean {
  try {
    mkdirSync(at, { mode })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

const refusedLink = (link: string, path: string, stage: Stage): Failure =>
  failure('not-permitted', stage, `${link}, on the way to ${path}, is a symbolic link that others may have put there`, {
    remedy: `name the directory that ${link} points to`,
  })

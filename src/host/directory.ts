import { mkdirSync, type Stats } from 'node:fs'
import { failure, type Failure, type Stage } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { rootPlace, type Owner, type Place } from './place.ts'
import { errorCode, fileFailure } from './system-error.ts'

/** How a directory that is missing is to be made. */
export interface NewDirectory {
  readonly mode: number
  readonly owner?: Owner | undefined
}

/** A directory that is held: what happens to its path meanwhile no longer matters. */
export interface HeldDirectory {
  /** The path of a file in it, good as long as the directory is held. */
  at(name: string): string
  readonly facts: Stats
  /** Someone else may put files in it, and symbolic links. */
  readonly shared: boolean
}

const STICKY = 0o1000

/**
 * Walks to a directory from the root, one name after the other, and holds it while `use` works in it. A symbolic
 * link on the way is followed only where nobody else could have put it: root must not be led into /etc by the
 * owner of a log directory. Each step is taken from the descriptor of the step before (as openat(2) does), so
 * that a component swapped behind our back changes nothing (where the system can do that, see place.ts). What is missing is made if `make` says how.
 */
export function inDirectory<T>(
  path: string,
  options: { readonly uid: number; readonly stage: Stage; readonly make?: NewDirectory | undefined },
  use: (directory: HeldDirectory) => Result<T, Failure>,
): Result<T, Failure> {
  const { uid, stage, make } = options
  let held: Place | undefined
  try {
    held = rootPlace()
    const names = path.split('/').filter((name) => name !== '' && name !== '.')
    for (const [index, name] of names.entries()) {
      const next = enter(held, name, { uid, make: make && asPartOf(make, index === names.length - 1) })
      if (next === 'refused') return err(refusedLink(`/${names.slice(0, index + 1).join('/')}`, path, stage))
      held.close()
      held = next
    }
    const place = held
    const facts = place.facts()
    return use({ at: (name) => place.at(name), facts, shared: isShared(facts, uid) })
  } catch (error) {
    return err(fileFailure(stage, make === undefined ? 'open the directory' : 'make the directory', path, error))
  } finally {
    held?.close()
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
  parent: Place,
  name: string,
  options: { readonly uid: number; readonly make: NewDirectory | undefined },
): Place | 'refused' {
  try {
    return parent.enter(name, 'real')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && options.make !== undefined) return makeAndEnter(parent, name, options.make)
    if (errorCode(error) !== 'ENOTDIR') throw error
    const link = parent.look(name)
    if (link.isSymbolicLink() && !mayFollow(link, parent.facts(), options.uid)) return 'refused'
    return parent.enter(name, 'linked')
  }
}

/** In a sticky directory nobody but its owner can have put a link in the place of another's. */
function mayFollow(link: Stats, directory: Stats, uid: number): boolean {
  if (!isShared(directory, uid)) return true
  const trusted = (owner: number): boolean => owner === 0 || owner === uid
  return (directory.mode & STICKY) !== 0 && trusted(directory.uid) && trusted(link.uid)
}

function makeAndEnter(parent: Place, name: string, make: NewDirectory): Place {
  const made = mkdirUnlessThere(parent.at(name), make.mode)
  const place = parent.enter(name, 'real')
  try {
    if (made && make.owner !== undefined) place.give(make.owner)
    if (made && (place.facts().mode & 0o777) !== make.mode) place.permit(make.mode)
    return place
  } catch (error) {
    place.close()
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

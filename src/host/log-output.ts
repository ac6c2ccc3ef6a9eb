import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  statSync,
  type Stats,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { inDirectory, type HeldDirectory } from './directory.ts'
import type { OutputTarget } from './host.ts'
import { errorCode, fileFailure } from './system-error.ts'

export type FileOutput = Extract<OutputTarget, { readonly kind: 'file' }>

const STAGE = 'preparing files'
const MOST_TRIES = 3
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY

/**
 * Opens what a daemon writes to, for appending; logrotate(8)'s copytruncate relies on it. A new file gets exactly
 * its mode and owner, an old one is left as it is. Node closes the descriptor in whatever it executes.
 */
export function openOutput(target: FileOutput, uid: number = process.geteuid?.() ?? 0): Result<number, Failure> {
  return inDirectory(dirname(target.path), { uid, stage: STAGE, make: { mode: 0o755 } }, (directory) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return openIn(directory, target, uid)
      } catch (error) {
        // Somebody else made it between our looking and our making it: then it is there to be opened.
        if (errorCode(error) === 'EEXIST' && tries < MOST_TRIES) continue
        return err(fileFailure(STAGE, 'open the log', target.path, error))
      }
    }
  })
}

function openIn(directory: HeldDirectory, target: FileOutput, uid: number): Result<number, Failure> {
  const at = directory.at(basename(target.path))
  const there = lookAt(at)
  if (there === undefined) return ok(create(at, target, uid))
  if (there.isSymbolicLink() && directory.shared)
    return err(unwanted(target, 'a symbolic link that others may have put there'))
  const file = there.isSymbolicLink() ? lookBehind(at) : there
  // A link to a log that is yet to be made: whoever made the link decided where.
  if (file === undefined) return ok(create(at, target, uid, constants.O_CREAT))
  const kind = unwantedKind(file)
  if (kind !== undefined) return err(unwanted(target, kind))
  if (directory.shared && file.isFile() && file.nlink > 1) {
    return err(unwanted(target, 'a second name of some other file, in a directory that others may write'))
  }
  const follow = there.isSymbolicLink() ? 0 : constants.O_NOFOLLOW
  // Should it be a pipe by now, we do not wait for its reader.
  const hurry = directory.shared && file.isFile() ? constants.O_NONBLOCK : 0
  return openExisting(at, target, file, follow | hurry)
}

function openExisting(at: string, target: FileOutput, file: Stats, how: number): Result<number, Failure> {
  const fd = openSync(at, APPEND | how)
  const opened = fstatSync(fd)
  if (opened.ino === file.ino && opened.dev === file.dev) return ok(fd)
  closeSync(fd)
  return err(failure('failed', STAGE, `the log ${target.path} was replaced while it was being opened`))
}

/** O_EXCL: never what somebody puts there in the meantime. */
function create(at: string, target: FileOutput, uid: number, how = constants.O_CREAT | constants.O_EXCL): number {
  const fd = openSync(at, APPEND | how, 0o600)
  try {
    fchmodSync(fd, target.mode)
    if (target.owner !== undefined && uid === 0) fchownSync(fd, target.owner.uid, target.owner.gid)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function lookBehind(link: string): Stats | undefined {
  try {
    return statSync(link)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function unwantedKind(file: Stats): string | undefined {
  if (file.isFile() || file.isCharacterDevice()) return undefined
  if (file.isDirectory()) return 'a directory'
  if (file.isFIFO()) return 'a named pipe: the daemon would stand still whenever nobody reads it'
  return file.isSocket() ? 'a socket' : 'a block device'
}

const unwanted = (target: FileOutput, kind: string): Failure =>
  failure('failed', STAGE, `${target.path} cannot be a log: it is ${kind}`, {
    remedy: 'name a regular file, in a directory of its own',
  })

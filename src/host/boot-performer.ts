import { spawnSync } from 'node:child_process'
import {
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { OUR_MARK, type BootStep } from '../generate/boot/step.ts'
import { writeBootFile } from './boot-file-writer.ts'
import { inRoot, linkAt } from './boot-root.ts'
import { errorCode, fileFailure } from './system-error.ts'

const STAGE = 'enabling'
/** systemctl may have to wait for a reload. */
const LONGEST_TOOL = 90_000

/** What a step has changed. */
export interface Change {
  /** Puts back what was there, exactly; nothing where only a tool could do that. Throws what the system has against it. */
  takeBack(): void
}

/** Does one step to the host, or to the image below `root`. Undefined: there was nothing to do. */
export function performBootStep(root: string, step: BootStep): Result<Change | undefined, Failure> {
  const { do: what } = step
  if (what === 'run') return run(step.argv)
  const path = inRoot(root, step.path)
  try {
    switch (what) {
      case 'write':
        return write(root, path, step)
      case 'link':
        return link(path, step.to)
      case 'remove':
        return ok(remove(root, path, step))
      case 'remove-directory':
        return ok(removeDirectory(path) ? LASTING : undefined)
    }
  } catch (error) {
    return err(fileFailure(STAGE, what === 'remove' ? 'remove' : 'write', path, error))
  }
}

const LASTING: Change = { takeBack: () => {} }

function write(
  root: string,
  path: string,
  step: Extract<BootStep, { do: 'write' }>,
): Result<Change | undefined, Failure> {
  const there = textAt(path)
  const stats = statSync(path, { throwIfNoEntry: false })
  const mode = (stats?.mode ?? 0) & 0o7777
  const wasLink = linkAt(path)
  if (there === step.text && mode === step.mode) return ok(undefined)
  if (there !== undefined && !isOurs(root, there, step)) {
    return err(
      failure('failed', STAGE, `${path} is there, and daemonctl has not made it`, { remedy: 'move it away first' }),
    )
  }
  const directory = mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  const written = writeBootFile(path, step.text, step.mode)
  if (!written.ok) {
    removeDirectories(directory, dirname(path))
    return written
  }
  return ok({
    takeBack: () => {
      if (wasLink !== undefined || there === undefined || stats === undefined) {
        unlinkSync(path)
        if (wasLink === undefined) removeDirectories(directory, dirname(path))
        else symlinkSync(wasLink, path)
        return
      }
      putBack(path, there, { mode, uid: stats.uid, gid: stats.gid })
    },
  })
}

/** From the innermost to the first one that was made, as mkdirSync() gives it. */
function removeDirectories(first: string | undefined, innermost: string): void {
  if (first === undefined) return
  let at = innermost
  while (at.startsWith(first) && removeDirectory(at)) at = dirname(at)
}

function isOurs(root: string, there: string, step: { readonly text?: string; readonly speaker?: string | undefined }) {
  if (there === step.text || OUR_MARK.test(there)) return true
  return step.speaker !== undefined && OUR_MARK.test(textAt(inRoot(root, step.speaker)) ?? '')
}

function link(path: string, to: string): Result<Change | undefined, Failure> {
  if (linkAt(path) === to) return ok(undefined)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    return err(failure('failed', STAGE, `${path} is there, and is no link to ${to}`, { remedy: 'move it away first' }))
  }
  const directory = mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  symlinkSync(to, path)
  return ok({
    takeBack: () => {
      unlinkSync(path)
      removeDirectories(directory, dirname(path))
    },
  })
}

/** Whether there is something to do: of what is removed, others may be there, or nothing. */
export function isNeeded(root: string, step: BootStep): boolean {
  if (step.do !== 'remove') return true
  try {
    return isRemovable(root, inRoot(root, step.path), step)
  } catch {
    // The real run will tell what is wrong.
    return true
  }
}

/** A file of ours, or a link. */
function remove(root: string, path: string, step: Removal): Change | undefined {
  if (!isRemovable(root, path, step)) return undefined
  const link = linkAt(path)
  const text = link === undefined ? (textAt(path) ?? '') : ''
  const { mode, uid, gid } = lstatSync(path)
  unlinkSync(path)
  return {
    takeBack: () =>
      link === undefined ? putBack(path, text, { mode: mode & 0o7777, uid, gid }) : symlinkSync(link, path),
  }
}

type Removal = Extract<BootStep, { do: 'remove' }>

function isRemovable(root: string, path: string, step: Removal): boolean {
  if (linkAt(path) !== undefined) return true
  const text = textAt(path)
  return text !== undefined && isOurs(root, text, step)
}

function putBack(path: string, text: string, was: { mode: number; uid: number; gid: number }): void {
  const restored = writeBootFile(path, text, was.mode)
  if (!restored.ok) throw new Error(restored.error.message)
  chownSync(path, was.uid, was.gid)
}

function removeDirectory(path: string): boolean {
  const entries = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(path) : ['']
  if (entries.length > 0) return false
  rmdirSync(path)
  return true
}

/** Undefined: there is nothing. */
function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function run([program, ...words]: readonly [string, ...string[]]): Result<Change, Failure> {
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: LONGEST_TOOL,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === 0) return ok(LASTING)
  const why = error === undefined ? `ended with ${status ?? signal}` : `could not be run: ${error.message}`
  return err(
    failure('failed', STAGE, `${[program, ...words].join(' ')} ${why}`, {
      details: `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').filter(Boolean).slice(-10),
    }),
  )
}

import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { OUR_MARK, type BootStep } from '../generate/boot/step.ts'
import { writeBootFile } from './boot-file-writer.ts'
import { followedInRoot, inRoot, linkAt } from './boot-root.ts'
import { errorCode, fileFailure } from './system-error.ts'

const STAGE = 'enabling'
/** systemctl may have to wait for a reload. */
const LONGEST_TOOL = 90_000

/** Does one step to the host, or to the image below `root`. False: there was nothing to do. */
export function performBootStep(root: string, step: BootStep): Result<boolean, Failure> {
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
        return ok(removeDirectory(path))
    }
  } catch (error) {
    return err(fileFailure(STAGE, what === 'remove' ? 'remove' : 'write', path, error))
  }
}

function write(root: string, path: string, step: Extract<BootStep, { do: 'write' }>): Result<boolean, Failure> {
  const there = textAt(path)
  if (there === step.text) return ok(false)
  if (there !== undefined && !isOurs(root, there, step)) {
    return err(
      failure('failed', STAGE, `${path} is there, and daemonctl has not made it`, { remedy: 'move it away first' }),
    )
  }
  const written = writeBootFile(path, step.text, step.mode)
  return written.ok ? ok(true) : written
}

function isOurs(root: string, there: string, step: { readonly text?: string; readonly speaker?: string | undefined }) {
  if (there === step.text || OUR_MARK.test(there)) return true
  return step.speaker !== undefined && OUR_MARK.test(textAt(inRoot(root, step.speaker)) ?? '')
}

function link(path: string, to: string): Result<boolean, Failure> {
  if (linkAt(path) === to) return ok(false)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    return err(failure('failed', STAGE, `${path} is there, and is no link to ${to}`, { remedy: 'move it away first' }))
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  symlinkSync(to, path)
  return ok(true)
}

/** A file of ours, or a link. */
function remove(root: string, path: string, step: Extract<BootStep, { do: 'remove' }>): boolean {
  if (linkAt(path) === undefined) {
    const text = textAt(path)
    if (text === undefined || !isOurs(root, text, step)) return false
  }
  unlinkSync(path)
  return true
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

function run([program, ...words]: readonly [string, ...string[]]): Result<boolean, Failure> {
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: LONGEST_TOOL,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === 0) return ok(true)
  const why = error === undefined ? `ended with ${status ?? signal}` : `could not be run: ${error.message}`
  return err(
    failure('failed', STAGE, `${[program, ...words].join(' ')} ${why}`, {
      details: `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').filter(Boolean).slice(-10),
    }),
  )
}

/** Whether a link of this kind is there: the order in its name is the init's own (S01x for S95x). */
export function linkExists(root: string, path: string): boolean {
  const directory = followedInRoot(root, dirname(path))
  const [, kind, name] = /^([SK])\d\d(.*)$/.exec(basename(path)) ?? []
  const names = lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(directory) : []
  return names.some((one) => one === basename(path) || (kind === 'S' && /^S\d\d/.test(one) && one.slice(3) === name))
}

/** What systemd says of a unit: "enabled", "disabled", or nothing. */
export function systemdSaysEnabled(unit: string): string {
  const { stdout } = spawnSync('systemctl', ['is-enabled', unit], { encoding: 'utf8', timeout: LONGEST_TOOL })
  return (stdout ?? '').trim()
}

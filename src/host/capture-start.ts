import { spawn, spawnSync } from 'node:child_process'
import { chownSync, closeSync, constants, lstatSync, openSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Identity } from '../decide/identity.ts'
import { writeAtomically } from './atomic-file.ts'
import { captureFiles, writeKeeper, type CaptureFiles } from './capture-files.ts'
import type { CaptureTarget } from './capture-target.ts'
import { systemClock } from './clock.ts'
import { ensureDirectory } from './directory.ts'
import { tryLock } from './lock-keeper.ts'
import { FRUGAL, ownProgram } from './own-program.ts'
import { explain } from './system-error.ts'
import { toolEnvironment } from './tool-environment.ts'

const STAGE = 'capturing the output'
const GATE_WITHIN: Milliseconds = 10_000
const GATE_LOOK: Milliseconds = 5
const OPEN_LOCK = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

/**
 * What starts the reader again when it was killed, and meanwhile holds both pipes, so that nothing that is in them is
 * lost even if the daemon ends just then. It ends with a reader that has read everything.
 */
const KEEPER = `pipe=$1 tries=0
shift
until "$@"; do
  [ -p "$pipe" ] || exit
  if [ "$tries" -lt 200 ]; then
    tries=$((tries + 1))
    sleep 0.2
  else
    sleep 5
  fi
done`

/**
 * The writing end of the pipe of a captured stream, for the daemon; somebody reads it from now on. The daemon has it
 * open for reading as well: it never gets EPIPE, and waits where nobody reads. fifo(7)
 */
export function openCapture(directory: string, target: CaptureTarget, identify: Identify): Result<number, Failure> {
  const uid = process.geteuid?.() ?? 0
  const made = ensureDirectory(directory, { mode: 0o700 }, { uid, stage: STAGE })
  if (!made.ok) return made
  const files = captureFiles(directory, target.key, target.stream)
  try {
    const gate = passGate(files.gate)
    try {
      makePipe(files.fifo, target.owner)
      makePipe(files.stage, undefined)
      const written = writeAtomically(files.target, JSON.stringify(target), { mode: 0o600, stage: STAGE })
      if (!written.ok) return written
      const fd = openSync(files.fifo, constants.O_RDWR | constants.O_NOFOLLOW)
      const lock = openSync(files.lock, OPEN_LOCK, 0o600)
      try {
        const begun = tryLock(lock) === 'taken' ? beginReading(files, target, lock, identify) : ok(undefined)
        if (begun.ok) return ok(fd)
        closeSync(fd)
        return begun
      } finally {
        closeSync(lock)
      }
    } finally {
      closeSync(gate)
    }
  } catch (error) {
    return err(
      failure('failed', STAGE, `the output of ${target.definition.name} cannot be captured: ${explain(error)}`),
    )
  }
}

/** Whether the last writer is gone, judged while nobody can begin: then the lock is given up for the next one. */
export function endReading(files: CaptureFiles, isOver: () => boolean): boolean {
  const gate = passGate(files.gate)
  try {
    if (!isOver()) return false
    // The keeper holds the lock until it has ended: whoever comes next finds another lock.
    unlinkSync(files.lock)
    return true
  } finally {
    closeSync(gate)
  }
}

export type Reading = 'read' | 'unread' | 'over' | 'busy'

/**
 * Whether somebody reads the output, judged while nobody can begin or end it; `begin` has it read where nobody does.
 * over: nobody writes to it any more, or nobody has yet; busy: somebody begins or ends just now.
 */
export function judgeReading(files: CaptureFiles, isOver: () => boolean, begin: (lock: number) => void): Reading {
  const gate = openSync(files.gate, OPEN_LOCK, 0o600)
  try {
    if (tryLock(gate) !== 'taken') return 'busy'
    const lock = openSync(files.lock, OPEN_LOCK, 0o600)
    try {
      if (tryLock(lock) !== 'taken') return 'read'
      if (isOver()) {
        unlinkSync(files.lock)
        return 'over'
      }
      begin(lock)
      return 'unread'
    } finally {
      closeSync(lock)
    }
  } finally {
    closeSync(gate)
  }
}

function passGate(path: string): number {
  const fd = openSync(path, OPEN_LOCK, 0o600)
  const deadline = systemClock.monotonic() + GATE_WITHIN
  for (;;) {
    const tried = tryLock(fd)
    if (tried === 'taken') return fd
    if (tried === 'unavailable' || systemClock.monotonic() > deadline) {
      closeSync(fd)
      throw new Error(tried === 'held' ? `${path} is held by another` : 'there is neither flock(1) nor koffi')
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GATE_LOOK)
  }
}

function makePipe(path: string, owner: CaptureTarget['owner']): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFIFO()) unlinkSync(path)
  if (there?.isFIFO() !== true) {
    const made = spawnSync('mkfifo', ['-m', '600', '--', path], { encoding: 'utf8', env: toolEnvironment() })
    if (made.status !== 0) throw new Error(made.error?.message ?? made.stderr.trim())
  }
  // A daemon that opens /dev/stdout opens the pipe by its own rights.
  if (owner !== undefined && process.geteuid?.() === 0) chownSync(path, owner.uid, owner.gid)
}

/** Names a process that has just been made. */
export type Identify = (pid: number) => Identity | undefined

/** `lock` is held; from now on the keeper holds it as well. */
export function beginReading(
  files: CaptureFiles,
  { definition, to }: CaptureTarget,
  lock: number,
  identify: Identify,
): Result<void, Failure> {
  const pipe = openSync(files.fifo, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  const stage = openSync(files.stage, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const words = [...ownProgram([...process.execArgv, ...MORE_FRUGAL]), 'capture', definition.name]
    const keeper = spawn('/bin/sh', ['-c', KEEPER, 'daemonctl-capture', files.fifo, ...words], {
      detached: true,
      cwd: '/',
      env: readerEnvironment(files),
      // Ours, where the output is to go there.
      stdio: [
        'ignore',
        to.kind === 'passed-on' && to.to === 'stdout' ? 'inherit' : 'ignore',
        'ignore',
        pipe,
        lock,
        stage,
      ],
    })
    keeper.on('error', () => {})
    keeper.unref()
    if (keeper.pid === undefined) return err(failure('failed', STAGE, 'no process can be made that reads the output'))
    writeKeeper(lock, identify(keeper.pid))
    return ok(undefined)
  } finally {
    closeSync(pipe)
    closeSync(stage)
  }
}

/** A reader has little to remember, and there is one for each captured stream. */
const MORE_FRUGAL: readonly string[] = [...FRUGAL, '--single-threaded']

/** Ours, as far as it says where things are; a token of some daemon must not make the reader look like a part of it. */
function readerEnvironment(files: CaptureFiles): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => name === 'PATH' || name === 'HOME' || (name.startsWith('DAEMONCTL_') && name !== 'DAEMONCTL_ID'),
  )
  const variables: Record<string, string> = {}
  for (const [name, value] of kept) if (value !== undefined) variables[name] = value
  return { ...variables, DAEMONCTL_CAPTURE: files.target, DAEMONCTL_CAPTURES: dirname(files.target) }
}

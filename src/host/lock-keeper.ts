import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { formatDuration, type Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { systemClock } from './clock.ts'
import type { HeldLock, LockKeeper } from './host.ts'
import { loadedNative, loadNative } from './native.ts'
import { toolEnvironment } from './tool-environment.ts'

/**
 * One kernel lock per daemon: flock(2) on RUNTIME/locks/KEY. The file is never removed (removing a lock file
 * that another has just opened makes two locks of one), and holds who has it, for those who wait.
 *
 * flock(1) locks the open file description that it inherits from us, so the lock is ours and outlives it; with
 * koffi the call is made directly. A process that inherits the descriptor holds the lock as well.
 */
export function flockKeeper(runtimeDirectory: string, directoryMode: number): LockKeeper {
  const directory = join(runtimeDirectory, 'locks')
  return {
    async acquire(key, purpose, within, waiting) {
      const path = join(directory, `${key}.lock`)
      const opened = openLock(path, directory, directoryMode)
      if (!opened.ok) return opened
      const fd = opened.value
      const tried = tryLock(fd)
      if (tried === 'unavailable') {
        closeSync(fd)
        return err(
          failure('failed', 'taking the lock', `there is no way to lock ${path}: neither flock(1) nor koffi is here`, {
            remedy: 'install util-linux, or koffi (npm install koffi)',
          }),
        )
      }
      if (tried === 'held') {
        const won = await waitForLock(fd, path, within, waiting)
        if (!won) {
          const holder = readHolder(path)
          closeSync(fd)
          return err(
            failure(
              'busy',
              'taking the lock',
              `it is being handled by ${holder} for more than ${formatDuration(within)}`,
              {
                remedy: 'wait for that to end, or look at why it hangs',
              },
            ),
          )
        }
      }
      writeHolder(fd, purpose)
      return ok(heldLock(fd))
    },
  }
}

function heldLock(fd: number): HeldLock {
  let released = false
  return {
    fd,
    release() {
      if (released) return
      released = true
      closeSync(fd)
    },
  }
}

function openLock(path: string, directory: string, directoryMode: number): Result<number, Failure> {
  try {
    makeDirectory(directory, directoryMode)
    return ok(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644))
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EROFS')
    return err(
      failure(denied ? 'not-permitted' : 'failed', 'taking the lock', `${path} cannot be opened: ${text(error)}`, {
        remedy: denied ? 'run daemonctl as root, or choose another DAEMONCTL_RUNTIME_DIR' : undefined,
      }),
    )
  }
}

/** A recursive mkdir says ENOENT of a read-only file system: the last directory is asked for by itself first. */
function makeDirectory(directory: string, mode: number): void {
  try {
    mkdirSync(directory, { mode })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') mkdirSync(directory, { recursive: true, mode })
    else if (code !== 'EEXIST') throw error
  }
}

/** Takes a lock without waiting; it goes with the last copy of the descriptor. */
export function tryLock(fd: number): 'taken' | 'held' | 'unavailable' {
  // Running flock(1) takes about as long as loading koffi: what is loaded already is used.
  const loaded = loadedNative()
  if (loaded !== undefined) return loaded.tryLock(fd) ? 'taken' : 'held'
  const tool = spawnSync('flock', ['-n', '-x', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    env: toolEnvironment(),
  })
  if (tool.error === undefined) return tool.status === 0 ? 'taken' : 'held'
  const native = loadNative()
  if (native === undefined) return 'unavailable'
  return native.tryLock(fd) ? 'taken' : 'held'
}

/** Waits in the kernel's own queue, by a child that ends when it has the lock. */
function waitForLock(
  fd: number,
  path: string,
  within: Milliseconds,
  waiting: (holder: string) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const tell = setInterval(() => waiting(readHolder(path)), 1000)
    const child = spawn('flock', ['-x', '-w', String(within / 1000), '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
      env: toolEnvironment(),
    })
    const finish = (won: boolean): void => {
      clearInterval(tell)
      resolve(won)
    }
    child.on('error', () => void askForLock(fd, within).then(finish))
    child.on('exit', (code) => finish(code === 0))
  })
}

async function askForLock(fd: number, within: Milliseconds): Promise<boolean> {
  const native = loadNative()
  for (const end = systemClock.monotonic() + within; systemClock.monotonic() < end;) {
    if (native?.tryLock(fd) === true) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** Always of one length, so that the file need not be truncated first. */
function writeHolder(fd: number, purpose: string): void {
  writeSync(fd, `${`${purpose} (pid ${process.pid})`.slice(0, HOLDER).padEnd(HOLDER)}\n`, 0)
}

const HOLDER = 160

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().slice(0, 200) || 'another daemonctl'
  } catch {
    return 'another daemonctl'
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

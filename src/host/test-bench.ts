import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Milliseconds } from '../base/duration.ts'
import { failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { killSession, signalGroup } from './command-group.ts'
import type { ScriptCall, ScriptOutcome, Stranger, TestBench } from './host.ts'
import { LastOutput } from './last-output.ts'
import { exitOf } from './node-process.ts'
import { findProgram } from './spawner.ts'
import { beginStranger } from './stranger.ts'
import { explain } from './system-error.ts'
import { userSwitch } from './user-switch.ts'

/** So long after the end of a script its output may stay open before somebody else must be holding it. */
const HELD_AFTER: Milliseconds = 1_500
/** A stale pidfile is older than every process that is begun here. */
const BEFORE_US: Milliseconds = 2_000
/** A script whose time is up is asked to end, and after this made to. */
const PATIENCE: Milliseconds = 2_000

export function newTestBench(uid: number, purpose = 'conform'): TestBench {
  const options = { uid, setpriv: findProgram('setpriv', process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin') }
  const directory = mkdtempSync(join(tmpdir(), `daemonctl-${purpose}-`))
  const strangers: Stranger[] = []
  const streams: Readable[] = []
  const madeDirectories: string[] = []
  const long = new Date(Date.now() - BEFORE_US)
  const lastSeen = new Map<string, Stats>()
  return {
    directory,
    call: (call) => callScript(call, options, streams),
    async begin(name, title) {
      const stranger = await beginStranger(directory, name, title)
      strangers.push(stranger)
      return stranger
    },
    readPidfile(path) {
      const found = readIfThere(path)
      if (found !== undefined) lastSeen.set(path, found.stats)
      return found?.text
    },
    writePidfile(path, text) {
      try {
        const made = mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
        if (made !== undefined) madeDirectories.push(dirname(path))
        rmSync(path, { force: true })
        writeFileSync(path, text, { mode: 0o644, flag: 'wx' })
        const last = lastSeen.get(path)
        if (last !== undefined && uid === 0) chownSync(path, last.uid, last.gid)
        if (last !== undefined) chmodSync(path, last.mode & 0o777)
        // Left by somebody long dead: a process that has his PID now is younger than his pidfile.
        utimesSync(path, long, long)
        return ok(undefined)
      } catch (error) {
        return err(failure('not-permitted', 'preparing files', `${path} cannot be written: ${explain(error)}`))
      }
    },
    removePidfile: (path) => rmSync(path, { force: true }),
    readScript(path): Result<string, string> {
      try {
        return ok(readFileSync(path, 'utf8'))
      } catch (error) {
        return err(explain(error))
      }
    },
    close() {
      for (const stranger of strangers) stranger.end()
      for (const stream of streams) stream.destroy()
      for (const made of madeDirectories) removeIfEmpty(made)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function readIfThere(path: string): { readonly text: string; readonly stats: Stats } | undefined {
  try {
    return { text: readFileSync(path, 'utf8'), stats: statSync(path) }
  } catch {
    return undefined
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // It is in use by now, or gone already.
  }
}

async function callScript(
  call: ScriptCall,
  { uid, setpriv }: { readonly uid: number; readonly setpriv: string | undefined },
  streams: Readable[],
): Promise<ScriptOutcome> {
  const how = userSwitch(call.credentials, uid, setpriv)
  if (!how.ok) throw new Error(how.error)
  const began = performance.now()
  // The shell is there to close the input, which child_process cannot, and for the umask.
  const umask = call.umask.toString(8).padStart(4, '0')
  const child = spawn(
    '/bin/sh',
    ['-c', `umask ${umask}; exec "$@"${call.inputClosed ? ' <&-' : ''}`, 'sh', ...how.value.before, ...call.argv],
    {
      cwd: call.directory,
      env: { ...call.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...how.value.ids,
    },
  )
  const output = new LastOutput()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => output.add(chunk))
    stream.on('error', () => {})
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const exited = new Promise<void>((resolve, reject) =>
    child.once('exit', () => resolve()).once('error', (error) => reject(error)),
  )
  let timedOut = false
  if (!(await within(call.within, exited))) {
    timedOut = true
    signalGroup(child.pid, 'SIGTERM')
    if (!(await within(PATIENCE, exited))) signalGroup(child.pid, 'SIGKILL')
    await exited
    if (child.pid !== undefined) killSession(child.pid)
  }
  const took = performance.now() - began
  const outputHeld = !(await within(HELD_AFTER, closed))
  // Read on: whoever holds it would die of writing into a pipe that has no end.
  if (outputHeld) streams.push(child.stdout, child.stderr)
  return { exit: exitOf(child.exitCode, child.signalCode), timedOut, outputHeld, output: output.lines(), took }
}

async function within(time: Milliseconds, event: Promise<unknown>): Promise<boolean> {
  let giveUp = (): void => {}
  const over = new Promise<false>((resolve) => (giveUp = () => resolve(false)))
  const timer = setTimeout(giveUp, time)
  try {
    return await Promise.race([event.then(() => true), over])
  } finally {
    clearTimeout(timer)
  }
}

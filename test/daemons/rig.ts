import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parse as parseToml } from 'smol-toml'
import { claim, claimInTurn, claimPort, turnstile } from './claims.ts'
import {
  exists,
  findProcess,
  killFound,
  portIsHeld,
  processesMarked,
  rootsOf,
  type Mark,
  type Process,
} from './processes.ts'
import type { Access, Form, FormName, Place, Recipe } from './recipe.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const BUNDLE = fileURLToPath(new URL('../../dist/daemonctl.cjs', import.meta.url))

/** One run of the CLI. */
export interface Outcome {
  readonly arguments: string
  /** The exit status, or the signal that ended it (KILL by the rig, when it takes too long). */
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
  /** A daemon got hold of the CLI's own output: a pipeline with it would never end. */
  readonly leakedOutput: boolean
}

/** What `status --json` says of one daemon. */
export interface Report {
  readonly exit: number | string
  readonly condition: string
  readonly pid: number | undefined
}

/** A scratch directory with one daemon's definition in it, the CLI pointed at it, and an eye on all that runs there. */
export interface Rig {
  readonly name: string
  readonly form: Form
  readonly place: Place
  /** The pidfile of the definition: the daemon's own, or the one daemonctl writes. */
  readonly pidfile: string
  daemonctl(...words: readonly string[]): Promise<Outcome>
  status(): Promise<Report>
  /** Every living process of this daemon; what daemonctl itself runs is over by then. */
  processes(): readonly Process[]
  /** One for each copy, and one for each orphan. */
  copies(): readonly Process[]
  portIsHeld(): boolean
  /** Waits until it is so; throws with `what` when it takes longer than the bound. */
  until(what: string, isSo: () => boolean, seconds?: number): Promise<void>
  /** Sends a signal to a process of this daemon, and waits until that process is dead. */
  kill(pid: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Runs the definition's command as an operator would who does not know of daemonctl; resolves when the pidfile is valid. */
  startByHand(): Promise<void>
  /** A process that has nothing to do with the daemon, and must survive all that is done to it. */
  stranger(): Promise<Process>
  /** A PID that belonged to a process of this boot, and to none now. */
  deadPid(): Promise<number>
}

/** Why the recipe cannot run here; undefined: it can. */
export function obstacle(recipe: Recipe): string | undefined {
  if (!existsSync(BUNDLE)) return 'daemonctl is not built (npm run build)'
  const missing = recipe.programs.filter((program) => !isExecutable(program))
  if (missing.length > 0) return `${missing.join(', ')} not installed (test/daemons/install.sh)`
  if (recipe.rootless === undefined && process.getuid?.() !== 0) return 'needs root'
  const { exclusive } = recipe
  if (exclusive === undefined) return undefined
  const holder = findProcess(Number.parseInt(readOr('', exclusive.pidfile), 10))
  // A copy left by a test that runs beside us is waited for; one of the host is not ours to stop.
  return holder === undefined ||
    processesMarked({ path: scratchRoot(), port: undefined }).some(({ pid }) => pid === holder.pid)
    ? undefined
    : `the host runs its own ${exclusive.name} (PID ${holder.pid})`
}

// A scenario waits for its daemon about a third of the time.
const inTurn = turnstile(availableParallelism() + 1)

/** Makes a rig, lets the scenario run, and ends whatever it left behind. */
export function withRig(
  recipe: Recipe,
  formName: FormName,
  seconds: number,
  scenario: (rig: Rig) => Promise<void>,
): Promise<void> {
  return inTurn(async () => {
    const releaseExclusive = recipe.exclusive === undefined ? undefined : await claimInTurn(recipe.exclusive.name)
    const { port, release: releasePort } = await claimPort()
    const scratch = makeScratch(port)
    const releaseScratch = await claim(claimOf(scratch))
    const strangers: Process[] = []
    try {
      const rig = makeRig(recipe, formName, scratch, port, strangers)
      await bounded(seconds, `${recipe.name} (${formName})`, scenario(rig))
    } finally {
      await endAll({ path: scratch, port }, strangers)
      recipe.cleanUp?.(makePlace(join(scratch, 'd'), port))
      rmSync(scratch, { recursive: true, force: true })
      // Only the dead copy's: the mutex says that nobody else's is there.
      if (recipe.exclusive !== undefined) rmSync(recipe.exclusive.pidfile, { force: true })
      await releaseScratch?.()
      await releasePort()
      await releaseExclusive?.()
    }
  })
}

function makeRig(recipe: Recipe, formName: FormName, scratch: string, port: number, strangers: Process[]): Rig {
  const form = recipe.forms[formName]
  if (form === undefined) throw new Error(`${recipe.name} has no form ${formName}`)
  const place = makePlace(join(scratch, 'd'), port)
  recipe.prepare?.(place)
  const mark = `\n[environment]\nDAEMONCTL_TEST = "${scratch}"\n`
  writeFileSync(join(scratch, 'etc', `${recipe.name}.toml`), form.definition(place) + mark)

  const daemonctl = async (...words: readonly string[]): Promise<Outcome> => {
    // A scenario that was given up must not start anything behind the back of the cleaning.
    if (!existsSync(scratch)) throw new Error('the scenario is over')
    return runDaemonctl(scratch, words)
  }
  const processes = (): readonly Process[] => processesMarked({ path: scratch, port })
  const until = async (what: string, isSo: () => boolean, seconds = 10): Promise<void> => {
    const deadline = performance.now() + seconds * 1000
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`not so after ${seconds} s: ${what}\n${listing(processes())}`)
      await sleep(50)
    }
  }
  const pidfile = form.pidfile?.path(place) ?? join(scratch, 'run', `${recipe.name}.pid`)
  return {
    name: recipe.name,
    form,
    place,
    pidfile,
    daemonctl,
    status: async () => reportOf(await daemonctl('status', recipe.name, '--json'), recipe.name),
    processes,
    copies: () => rootsOf(processes()),
    portIsHeld: () => portIsHeld(port),
    until,
    kill: async (pid, signal) => {
      const victim = processes().find((found) => found.pid === pid)
      if (victim === undefined) throw new Error(`PID ${pid} is not of this daemon\n${listing(processes())}`)
      process.kill(pid, signal)
      // Gone for every onlooker: to many a daemon (kill -0) a zombie that init has not reaped yet is alive.
      await until(`PID ${pid} is gone`, () => !exists(victim), 30)
    },
    startByHand: async () => {
      const { command, user, directory } = parseToml(form.definition(place))
      if (!Array.isArray(command)) throw new Error('a forking recipe has its command as an array')
      const words = [...(typeof user === 'string' ? ['/sbin/runuser', '-u', user, '--'] : []), ...command.map(String)]
      execFileSync(words[0] ?? '', words.slice(1), {
        cwd: typeof directory === 'string' ? directory : '/',
        env: { PATH, DAEMONCTL_TEST: scratch },
        stdio: 'ignore',
        timeout: 30_000,
      })
      const isValid = (): boolean => processes().some(({ pid }) => pid === Number.parseInt(readOr('', pidfile), 10))
      await until('the pidfile names a living process of the daemon', isValid)
    },
    stranger: async () => {
      // It ends by itself when this process does, however that ends: its input is then at an end.
      const child = spawn('/bin/cat', [], { cwd: '/', env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
      const { pid } = await spawned(child)
      const found = findProcess(pid)
      if (found === undefined) throw new Error('the stranger is dead')
      strangers.push(found)
      return found
    },
    deadPid: async () => {
      const child = spawn('/bin/true', [], { stdio: 'ignore' })
      const [{ pid }] = await Promise.all([spawned(child), new Promise((resolve) => child.once('exit', resolve))])
      return pid
    },
  }
}

/** The one place that knows the shape of `status --json`. */
function reportOf(outcome: Outcome, name: string): Report {
  const { status: exit, stdout } = outcome
  const wrong = new Error(`not the answer of status --json:\n${transcript(outcome)}`)
  const reply = parseJson(stdout)
  if (!isObject(reply) || !Array.isArray(reply['daemons'])) throw wrong
  const daemon: unknown = reply['daemons'].find((entry: unknown) => isObject(entry) && entry['name'] === name)
  if (!isObject(daemon) || typeof daemon['condition'] !== 'string') throw wrong
  const { condition, pid } = daemon
  return { exit, condition, pid: typeof pid === 'number' ? pid : undefined }
}

export const transcript = ({ arguments: words, status, stdout, stderr }: Outcome): string =>
  `daemonctl ${words} → ${status}\n${stdout}${stderr}`

export const listing = (group: readonly Process[]): string =>
  group.map(({ pid, parent, commandLine }) => `  ${pid} (child of ${parent}) ${commandLine}`).join('\n')

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const RUN_SECONDS = 90

function runDaemonctl(scratch: string, words: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: scratch,
    env: {
      PATH,
      HOME: scratch,
      LANG: 'C.UTF-8',
      DAEMONCTL_CONFIG_DIR: join(scratch, 'etc'),
      DAEMONCTL_RUNTIME_DIR: join(scratch, 'run'),
      DAEMONCTL_STATE_DIR: join(scratch, 'state'),
      DAEMONCTL_LOG_DIR: join(scratch, 'log'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const tooLong = setTimeout(() => child.kill('SIGKILL'), RUN_SECONDS * 1000)
  return new Promise((resolve, reject) => {
    const done = (leakedOutput: boolean): void => {
      clearTimeout(tooLong)
      resolve({ arguments: words.join(' '), status: child.exitCode ?? child.signalCode ?? '', ...output, leakedOutput })
    }
    child.once('error', reject)
    child.once('exit', () => {
      const leak = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        done(true)
      }, 3000)
      child.once('close', () => {
        clearTimeout(leak)
        done(false)
      })
    })
  })
}

const scratchRoot = (): string => join(tmpdir(), 'dctl-')

function makeScratch(port: number): string {
  const scratch = mkdtempSync(scratchRoot())
  chmodSync(scratch, 0o755)
  for (const name of ['d', 'etc', 'run', 'state', 'log']) mkdirSync(join(scratch, name), { mode: 0o755 })
  writeFileSync(join(scratch, 'port'), `${port}\n`)
  return scratch
}

const claimOf = (scratch: string): string => `scratch/${basename(scratch)}`
/** A directory is made a moment before it is claimed. */
const SURELY_CLAIMED_MILLISECONDS = 60_000

/** Ends what a run that was itself killed has left: the scratch directories that nobody claims any more. */
export async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const scratch = join(tmpdir(), name)
    const info = lstatSync(scratch, { throwIfNoEntry: false })
    if (!/^dctl-[A-Za-z0-9]{6}$/.test(name) || !info?.isDirectory() || info.uid !== process.getuid?.()) continue
    if (Date.now() - info.ctimeMs < SURELY_CLAIMED_MILLISECONDS) continue
    const release = await claim(claimOf(scratch))
    if (release === undefined) continue
    const port = Number.parseInt(readOr('', join(scratch, 'port')), 10)
    const releasePort = await claim(`port/${port}`)
    await endAll({ path: scratch, port: releasePort === undefined ? undefined : port }, [])
    rmSync(scratch, { recursive: true, force: true })
    await releasePort?.()
    await release()
  }
}

function makePlace(directory: string, port: number): Place {
  const path = (name: string): string => (name === '' ? directory : join(directory, name))
  const grant = (target: string, { owner, mode }: Access): string => {
    if (mode !== undefined) chmodSync(target, mode)
    if (owner !== undefined) chownSync(target, idOf('-u', owner), idOf('-g', owner))
    return target
  }
  return {
    directory,
    port,
    path,
    write: (name, text, access = {}) => {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), text)
      return grant(path(name), access)
    },
    makeDirectory: (name, access = {}) => {
      mkdirSync(path(name), { recursive: true })
      return grant(path(name), access)
    },
    run: (program, ...words) => {
      execFileSync(program, words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    },
  }
}

const idOf = (flag: '-u' | '-g', user: string): number =>
  Number(execFileSync('/usr/bin/id', [flag, user], { encoding: 'utf8' }))

/** Ends every process of the test, each only after a last look at who it is. */
async function endAll(mark: Mark, strangers: readonly Process[]): Promise<void> {
  strangers.forEach(killFound)
  for (let sweep = 0; sweep < 200; sweep++) {
    const left = processesMarked(mark)
    if (left.length === 0) return
    left.forEach(killFound)
    await sleep(25)
  }
  throw new Error(`cannot end:\n${listing(processesMarked(mark))}`)
}

async function bounded<T>(seconds: number, what: string, task: Promise<T>): Promise<T> {
  const bound = new AbortController()
  const tooLong = sleep(seconds * 1000, undefined, { signal: bound.signal }).then(() => {
    throw new Error(`${what} took longer than ${seconds} s`)
  })
  try {
    return await Promise.race([task, tooLong])
  } finally {
    bound.abort()
    tooLong.catch(() => undefined)
  }
}

function spawned(child: ChildProcess): Promise<{ readonly pid: number }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => resolve({ pid: child.pid ?? -1 }))
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function readOr(fallback: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inject, test } from 'vitest'
import { cgroup2Mounts } from '../../src/host/cgroup-place.ts'
import { scopedMaker } from '../../src/host/scoped-cgroups.ts'
import {
  describe,
  endAllAt,
  findProcess,
  isAlive,
  kill,
  lives,
  processesAt,
  textOf,
  type Process,
} from './processes.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Longer than anything that daemonctl may take in a test: what takes longer hangs. */
const HANGS_AFTER = 60_000
/** So long after the end of a program its output may stay open before somebody else must be holding it. */
const LEAKS_AFTER = 3_000

export const IS_ROOT = process.geteuid?.() === 0
/** Long forms of the tests that hammer. */
export const SOAK = process.env['DAEMONCTL_SOAK'] === '1'

export const PERL = findInPath('perl') ?? '/usr/bin/perl'

/** One run of daemonctl. */
export interface Outcome {
  readonly command: string
  /** The exit status; undefined: it was killed. */
  readonly status: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
  /** A daemon has got hold of our output: a pipe would never end. */
  readonly leaked: boolean
  readonly took: number
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Run the variant with fault points: "3:before", "3:after", "count". */
  readonly fault?: string
  /** With a terminal of its own. script(1) */
  readonly terminal?: boolean
  /** Of the umask of whoever calls it. */
  readonly umask?: number
  /** A file that holds the PID of this very run before it begins. */
  readonly writeOwnPid?: string
  /** Numbers of descriptors that it inherits. */
  readonly descriptors?: readonly number[]
  /** What is to go on for longer than a verb may take: a watcher. */
  readonly hangsAfter?: number
}

/** A run that goes on. */
export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
  /** Its output so far. */
  readonly said: { readonly stdout: string; readonly stderr: string }
}

/** A value of a definition, as it is written in TOML. */
export type Toml = string | number | boolean | readonly Toml[] | { readonly [key: string]: Toml }
export type Fields = { readonly [key: string]: Toml }

/** A scratch place with daemonctl pointed at it, and an eye on everything that runs there. */
export interface Rig {
  readonly directory: string
  readonly uid: number
  readonly gid: number
  path(...parts: readonly string[]): string
  daemonctl(words: readonly string[], options?: RunOptions): Promise<Outcome>
  begin(words: readonly string[], options?: RunOptions): Running
  /** Writes etc/NAME.toml; every daemon bears our mark in its environment. */
  define(name: string, fields: Fields): void
  /** The words that run a fixture daemon. */
  fixture(name: string, ...words: readonly (string | number)[]): string[]
  /** The pidfile of a daemon that does not define one. */
  pidfile(name: string): string
  pid(name: string): number
  log(name: string): string
  record(name: string): string
  /** `status --json` of one daemon. */
  status(name: string): Promise<StatusJson>
  /** All living processes of this place; daemonctl's own have ended when it has. */
  processes(): readonly Process[]
  /** The living processes whose command line holds the word. */
  copies(word: string): readonly Process[]
  /** A process of our own that has nothing to do with daemonctl; ended with the rig. */
  spawn(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Process>
  /** A process that writes down every signal it gets. */
  stranger(): Promise<Stranger>
  /** One whom the user of this place may not signal. */
  strangerOfRoot(): Promise<Stranger>
  /** Waits until something is so; fails with `what` if it takes too long. */
  until(what: string, isSo: () => boolean, seconds?: number): Promise<void>
  write(path: string, text: string | Buffer, mode?: number): string
  read(path: string): string
  freePort(): Promise<number>
  /** The program's file, and the variables that point it here: for daemons that call it themselves. */
  program(): string
  surroundings(): Readonly<Record<string, string>>
}

export interface Stranger extends Process {
  /** The signals that it got so far. */
  signals(): readonly string[]
}

export interface StatusJson {
  readonly exit: number | undefined
  readonly condition: string
  readonly pid: number | null
  readonly why: string | null
  readonly proof: string | null
  readonly notes: readonly string[]
  readonly suspended: boolean
  readonly processes: readonly number[]
  readonly leftovers: readonly number[]
  readonly wanted: string | null
}

export interface RigOptions {
  /** Everything is done as this user. */
  readonly as?: 'nobody'
  /** What daemonctl is run from: "bundle"; "alone": where no optional dependency is found. */
  readonly program?: 'bundle' | 'alone'
}

export interface ScenarioOptions extends RigOptions {
  readonly root?: boolean
  readonly needs?: readonly string[]
  readonly seconds?: number
}

/** A test in a rig of its own. Scenarios of one file run side by side: most of their time they wait. */
export function scenario(
  title: string,
  options: ScenarioOptions | ((rig: Rig) => Promise<void>),
  body?: (rig: Rig) => Promise<void>,
): void {
  const { root, needs, seconds = 60, ...rest } = typeof options === 'function' ? {} : options
  const run = typeof options === 'function' ? options : body
  if (run === undefined) throw new Error('a scenario needs a body')
  const why = obstacle({ root: root === true || rest.as !== undefined, needs: ['perl', ...(needs ?? [])] })
  if (why !== undefined) return skip(title, why)
  test.concurrent(title, { timeout: seconds * 1000 }, () => withRig(rest, run))
}

/** Skipped aloud; where everything must be there, a failure. */
export function skip(title: string, why: string): void {
  if (process.env['DAEMONCTL_CI'] === '1') {
    test(title, () => {
      throw new Error(`cannot be tested here: ${why}`)
    })
    return
  }
  console.warn(`skipped: ${title}: ${why}`)
  test.skip(`${title} (${why})`, () => {})
}

export function obstacle({
  root = false,
  needs = [],
}: {
  root?: boolean
  needs?: readonly string[]
}): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  if (root && !IS_ROOT) return 'needs root'
  const missing = needs.filter((program) => findInPath(program) === undefined)
  return missing.length > 0 ? `needs ${missing.join(', ')}` : undefined
}

export async function withRig(options: RigOptions, body: (rig: Rig) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'dctl-test-'))
  const rig = makeRig(directory, options)
  try {
    await body(rig)
  } catch (error) {
    throw explained(error, rig)
  } finally {
    cleanUp(directory)
  }
}

function cleanUp(directory: string): void {
  endAllAt(directory)
  removeCgroups(join(directory, 'run'))
  rmSync(directory, { recursive: true, force: true })
  transcripts.delete(directory)
}

/** A scenario that took too long has left its place: it goes with us. */
process.once('exit', () => [...transcripts.keys()].forEach(cleanUp))

/** A failure is read long after the scratch place is gone. */
function explained(error: unknown, rig: Rig): unknown {
  if (!(error instanceof Error)) return error
  const runs = transcripts.get(rig.directory) ?? []
  const left = rig.processes().map(describe)
  const going = [...underway].flatMap(([text, directory]) => (directory === rig.directory ? [text()] : []))
  error.message += `\n--- what was run\n${[...runs.slice(-12), ...going].join('\n')}\n--- what is alive\n${left.join('\n')}`
  return error
}

const transcripts = new Map<string, string[]>()
/** What the runs that go on have said, and where. */
const underway = new Map<() => string, string>()

function makeRig(directory: string, { as, program = 'bundle' }: RigOptions): Rig {
  const [uid, gid] = as === undefined ? [process.geteuid?.() ?? 0, process.getegid?.() ?? 0] : idsOf(as)
  const own = (path: string): void => {
    if (as !== undefined) chownSync(path, uid, gid)
  }
  chmodSync(directory, 0o755)
  for (const name of ['etc', 'run', 'state', 'log']) {
    mkdirSync(join(directory, name))
    own(join(directory, name))
  }
  own(directory)
  const runs: string[] = []
  transcripts.set(directory, runs)
  const fixtures = placeFor(FIXTURES, directory, 'fixtures', as !== undefined)
  const bundles = placeFor(inject('bundles'), directory, 'bundles', program === 'alone' || as !== undefined, program)
  const path = (...parts: readonly string[]): string => join(directory, ...parts)

  const rig: Rig = {
    directory,
    uid,
    gid,
    path,
    daemonctl: (words, options) => rig.begin(words, options).outcome,
    begin(words, options = {}) {
      const running = begin(words, options)
      const { said } = running
      const going = (): string => `$ daemonctl ${words.join(' ')} → still runs\n${said.stdout}${said.stderr}`
      underway.set(going, directory)
      running.outcome
        .then(
          (outcome) => runs.push(transcript(outcome)),
          () => {},
        )
        .finally(() => underway.delete(going))
      return running
    },
    define(name, fields) {
      const environment = { ...(fields['environment'] as Fields | undefined), DAEMONCTL_TEST: directory }
      const text = Object.entries({ ...fields, environment })
        .map(([key, value]) => `${key} = ${toml(value)}\n`)
        .join('')
      rig.write(path('etc', `${name}.toml`), text)
    },
    fixture: (name, ...words) => [
      name.endsWith('.sh') ? '/bin/sh' : PERL,
      join(fixtures, 'daemons', name),
      ...words.map(String),
    ],
    pidfile: (name) => path('run', `${name}.pid`),
    pid: (name) => Number(textOf(path('run', `${name}.pid`)).trim()),
    log: (name) => textOf(path('log', `${name}.log`)),
    record: (name) => path('run', 'records', `${name}.json`),
    async status(name) {
      const outcome = await rig.daemonctl(['status', name, '--json'])
      const { daemons } = JSON.parse(outcome.stdout) as { readonly daemons: readonly Omit<StatusJson, 'exit'>[] }
      const [daemon] = daemons
      if (daemon === undefined) throw new Error(`no status:\n${transcript(outcome)}`)
      return { ...daemon, exit: outcome.status }
    },
    processes: () => processesAt(directory),
    copies: (word) =>
      processesAt(directory).filter(({ pid }) => textOf(`/proc/${pid}/cmdline`).split('\0').join(' ').includes(word)),
    spawn: (words, env = {}) => spawnAs(words, env, as === undefined ? {} : { uid, gid }),
    stranger: () => strangerAs(as === undefined ? {} : { uid, gid }),
    strangerOfRoot: () => strangerAs({}),
    async until(what, isSo, seconds = 15) {
      const deadline = performance.now() + seconds * 1000
      while (!isSo()) {
        if (performance.now() > deadline) throw new Error(`not so after ${seconds} s: ${what}`)
        await sleep(10)
      }
    },
    write(file, text, mode = 0o644) {
      writeFileSync(file, text)
      chmodSync(file, mode)
      own(file)
      return file
    },
    read: textOf,
    freePort,
    program: () => join(bundles, 'bin', 'run.js'),
    surroundings: () => ({
      DAEMONCTL_TEST: directory,
      DAEMONCTL_CONFIG_DIR: path('etc'),
      DAEMONCTL_RUNTIME_DIR: path('run'),
      DAEMONCTL_STATE_DIR: path('state'),
      DAEMONCTL_LOG_DIR: path('log'),
      // Compiled code is shared by all rigs, as it is by all commands of a host.
      DAEMONCTL_CACHE_DIR: as === undefined ? join(inject('bundles'), 'cache') : path('cache'),
    }),
  }
  let strangers = 0
  return rig

  type Ids = { readonly uid?: number; readonly gid?: number }

  async function spawnAs(words: readonly string[], env: Readonly<Record<string, string>>, ids: Ids): Promise<Process> {
    const child = spawn(words[0] ?? '', words.slice(1), {
      cwd: directory,
      env: { PATH, DAEMONCTL_TEST: directory, ...env },
      stdio: 'ignore',
      detached: true,
      ...ids,
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    const found = findProcess(child.pid ?? 0)
    if (found === undefined) throw new Error(`${words.join(' ')} is gone`)
    return found
  }

  async function strangerAs(ids: Ids): Promise<Stranger> {
    const file = path(`stranger-${(strangers += 1)}`)
    rig.write(file, '')
    const found = await spawnAs(rig.fixture('counts-signals.pl', file), {}, ids)
    await rig.until('the stranger counts', () => textOf(file).startsWith('ready\n'))
    return { ...found, signals: () => textOf(file).trim().split('\n').slice(1) }
  }

  function begin(
    words: readonly string[],
    { env, cwd, fault, terminal, umask, writeOwnPid, descriptors, hangsAfter = HANGS_AFTER }: RunOptions,
  ): Running {
    const program =
      fault === undefined
        ? [rig.program()]
        : [join(fixtures, 'run-bundle.cjs'), join(bundles, 'dist', 'daemonctl-faults.cjs')]
    const argv = [process.execPath, ...program, ...words]
    const started = performance.now()
    const prologue = [
      ...(umask === undefined ? [] : [`umask ${umask.toString(8)}`]),
      ...(writeOwnPid === undefined ? [] : [`echo $$ >${quoted(writeOwnPid)}`]),
    ]
    const full =
      terminal === true
        ? ['script', '-qec', argv.map(quoted).join(' '), '/dev/null']
        : prologue.length === 0
          ? argv
          : ['/bin/sh', '-c', `${prologue.join('; ')}; exec "$@"`, 'sh', ...argv]
    const child = spawn(full[0] ?? '', full.slice(1), {
      cwd: cwd ?? directory,
      env: {
        PATH,
        HOME: directory,
        LANG: 'C.UTF-8',
        TERM: 'xterm',
        ...rig.surroundings(),
        ...(fault === undefined ? {} : { DAEMONCTL_FAULT: fault }),
        ...env,
      },
      stdio: stdioWith(descriptors),
      ...(as === undefined ? {} : { uid, gid }),
    })
    const said = { stdout: '', stderr: '' }
    return { child, said, outcome: outcomeOf(child, words, { started, said, hangsAfter }) }
  }
}

function stdioWith(descriptors: readonly number[] = []): ('ignore' | 'pipe' | number)[] {
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe']
  for (let fd = 3; fd <= Math.max(2, ...descriptors); fd += 1) stdio[fd] = 'ignore'
  for (const fd of descriptors) stdio[fd] = 'pipe'
  return stdio
}

function outcomeOf(
  child: ChildProcess,
  words: readonly string[],
  { started, said, hangsAfter }: { started: number; said: { stdout: string; stderr: string }; hangsAfter: number },
): Promise<Outcome> {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  let hangs = false
  const bound = setTimeout(() => {
    hangs = true
    child.kill('SIGKILL')
  }, hangsAfter)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(bound)
      const took = performance.now() - started
      const done = (leaked: boolean): void => {
        const command = `daemonctl ${words.join(' ')}`
        if (hangs) reject(new Error(`${command} hung for ${hangsAfter / 1000} s:\n${said.stdout}${said.stderr}`))
        else resolve({ command, status: code ?? undefined, signal: signal ?? undefined, ...said, leaked, took })
      }
      const leak = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        done(true)
      }, LEAKS_AFTER)
      child.once('close', () => {
        clearTimeout(leak)
        done(false)
      })
    })
  })
}

export const transcript = ({ command, status, signal, stdout, stderr, took }: Outcome): string =>
  `$ ${command} → ${status ?? signal} in ${Math.round(took)} ms\n${stdout}${stderr}`

/** TOML knows JSON's strings and arrays; tables are written inline. */
function toml(value: Toml): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${key} = ${toml(inner)}`)
    return `{ ${pairs.join(', ')} }`
  }
  return JSON.stringify(value)
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`

/** A directory as it is, or a copy in the scratch place where the user cannot come to it (or must not find its neighbours). */
function placeFor(from: string, directory: string, name: string, copy: boolean, program = 'bundle'): string {
  if (!copy || (program !== 'alone' && isOpenToAll(from))) return from
  const to = join(directory, name)
  cpSync(from, to, { recursive: true })
  return to
}

function isOpenToAll(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false
    if (at === dirname(at)) return true
  }
}

function idsOf(user: string): readonly [number, number] {
  const [, , uid, gid] = textOf('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user) ?? ['', '', '65534', '65534']
  return [Number(uid), Number(gid)]
}

export function findInPath(program: string): string | undefined {
  return PATH.split(':')
    .map((directory) => join(directory, program))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** What the scenario's daemons leave in the cgroup file system: their empty groups. */
function removeCgroups(runtime: string): void {
  const suffix =
    scopedMaker(
      { make: (key) => key, placeOf: (key) => key, join: async () => false, joinAtOnce: () => false },
      runtime,
    ).make('') ?? ''
  for (const { mountPoint } of cgroup2Mounts(textOf('/proc/self/mountinfo'))) {
    const ours = join(mountPoint, 'daemonctl')
    if (suffix === '' || !existsSync(ours)) continue
    for (const name of readdirSync(ours)) {
      if (name.endsWith(suffix)) removeEmpty(join(ours, name))
    }
  }
}

function removeEmpty(cgroup: string): void {
  try {
    rmdirSync(cgroup)
  } catch {
    // Somebody of it is just leaving: an empty group harms nobody.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Whether a cgroup can be had by root here: what lies in one is found wherever it went. */
export const HAS_CGROUPS =
  IS_ROOT &&
  cgroup2Mounts(textOf('/proc/self/mountinfo')).some(({ mountPoint }) => {
    try {
      accessSync(join(mountPoint, 'cgroup.procs'), constants.W_OK)
      return true
    } catch {
      return false
    }
  })

/** Runs a helper program to its end. */
export function runHelper(words: readonly string[], cwd: string): string {
  const ran = spawnSync(words[0] ?? '', words.slice(1), { cwd, env: { PATH }, encoding: 'utf8', timeout: 30_000 })
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}

/** Numbers that look like chance and are the same each time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export { findProcess, isAlive, kill, lives }

/** Does the same with every item, a few at a time; after a failure nothing new is begun. */
export async function each<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  atOnce = 4,
): Promise<void> {
  const queue = [...items]
  const workers = Array.from({ length: atOnce }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item).catch((error: unknown) => {
        queue.length = 0
        throw error
      })
    }
  })
  await Promise.allSettled(workers)
  await Promise.all(workers)
}

import { accessSync, constants, statSync } from 'node:fs'
import { resolve as resolvePath } from 'node:path'
import type { Readable } from 'node:stream'
import type { Milliseconds } from '../base/duration.ts'
import { killSession, signalGroup } from './command-group.ts'
import type { CommandOutcome, CommandRequest, CommandRunner } from './host.ts'
import { LastOutput } from './last-output.ts'
import { exitOf } from './node-process.ts'
import { findProgram } from './spawner.ts'
import { explain } from './system-error.ts'
import { switchProblem, userSwitch, type UserSwitch } from './user-switch.ts'

/** A command whose time is up is asked to end, and after this made to. */
const PATIENCE: Milliseconds = 2_000
/** What it left behind may hold its pipes for ever; its own last words are there at once. */
const LAST_WORDS: Milliseconds = 200
/** Where execvp(3) looks when the environment says nothing. */
const DEFAULT_PATH = '/usr/bin:/bin'

export interface CommandRunnerOptions {
  readonly uid: number
  /** setpriv(1), if it is there: looked for when a command runs as another user. */
  readonly setpriv: string | undefined
  readonly patience?: Milliseconds
}

/** Runs commands to their end: each in a session of its own, without a terminal, without a shell. */
export class ExecaCommandRunner implements CommandRunner {
  readonly #uid: number
  readonly #options: CommandRunnerOptions
  readonly #patience: Milliseconds

  constructor(options: CommandRunnerOptions) {
    const { uid, patience = PATIENCE } = options
    this.#uid = uid
    this.#options = options
    this.#patience = patience
  }

  /** Aborting is as if its time were up. */
  async run(request: CommandRequest, signal?: AbortSignal): Promise<CommandOutcome> {
    const unable = unableToRun(request)
    if (unable !== undefined) return cannot(unable)
    const how = userSwitch(request.credentials, this.#uid, request.credentials && this.#options.setpriv)
    if (!how.ok) return cannot(how.error)
    const { execa } = await import('execa')
    const child = begin(execa, request, how.value)
    if (child.pid === undefined) return cannot(explain((await child).cause))
    const output = new LastOutput()
    const closed = Promise.all([child.stdout, child.stderr].map((stream) => collect(stream, output)))
    const timedOut = await this.#end(child, child.pid, request.within, signal)
    await within(LAST_WORDS, closed)
    child.stdout.destroy()
    child.stderr.destroy()
    const lines = output.lines()
    const problem = how.value.before.length > 0 ? switchProblem(child.exitCode, lines) : undefined
    if (problem !== undefined) return cannot(problem)
    return { exit: exitOf(child.exitCode, child.signalCode), timedOut, output: lines, unable: undefined }
  }

  /** Resolves when the command has ended; true if it had to be made to. */
  async #end(child: Child, pid: number, time: Milliseconds, signal: AbortSignal | undefined): Promise<boolean> {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    if (await within(time, ended, signal)) return false
    // Node asks for the status of a child and says so in one go: until we have heard, the number is the child's.
    signalGroup(pid, 'SIGTERM')
    if (!(await within(this.#patience, ended))) signalGroup(pid, 'SIGKILL')
    await ended
    killSession(pid)
    return true
  }
}

type Execa = (typeof import('execa'))['execa']
type Child = ReturnType<typeof begin>

/** Not async: a child is a promise of its end, so an async function could not return it before that. */
function begin(execa: Execa, request: CommandRequest, { before, ids }: UserSwitch) {
  const [program = '', ...args] = [...before, ...request.command.argv]
  return execa(program, args, {
    cwd: request.directory,
    env: { ...request.environment },
    extendEnv: false,
    stdin: 'ignore',
    // Read by us: execa would keep all of it, and wait for whoever else holds the pipes.
    buffer: false,
    encoding: 'buffer',
    reject: false,
    detached: true,
    ...ids,
  })
}

function collect(stream: Readable, output: LastOutput): Promise<void> {
  stream.on('data', (chunk: Buffer) => output.add(chunk))
  stream.on('error', () => {})
  return new Promise((resolve) => stream.once('close', () => resolve()))
}

/** Whether it came within the time, and before an abort. */
async function within(time: Milliseconds, event: Promise<unknown>, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return false
  let giveUp = (): void => {}
  const over = new Promise<false>((resolve) => (giveUp = () => resolve(false)))
  const timer = setTimeout(giveUp, time)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([event.then(() => true), over])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

const cannot = (unable: string): CommandOutcome => ({ exit: { kind: 'unseen' }, timedOut: false, output: [], unable })

/** Asked before, because setpriv(1) and child_process blame a missing directory and a missing program alike. */
function unableToRun({ command, environment, directory }: CommandRequest): string | undefined {
  const [program = ''] = command.argv
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    return `there is no directory ${directory}`
  if (!program.includes('/')) {
    const path = environment['PATH'] ?? DEFAULT_PATH
    return findProgram(program, path) === undefined ? `there is no program ${program} in ${path}` : undefined
  }
  const file = resolvePath(directory, program)
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile() ? undefined : `${file} is not a program`
  } catch (error) {
    return `${file} cannot be executed: ${explain(error)}`
  }
}

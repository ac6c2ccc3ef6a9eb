import type { Milliseconds } from '../../base/duration.ts'
import type { Failure } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Identity } from '../../decide/identity.ts'
import type { Request } from '../../decide/plan/plan.ts'
import type { ProcessFacts } from '../../decide/process-facts.ts'
import type { Body } from '../../decide/prove/sight.ts'
import type { Verb } from '../../decide/prove/started.ts'
import type { Credentials, Host, ProofBench, ScriptOutcome } from '../../host/host.ts'
import { act, type Outcome } from '../act.ts'
import { Eye } from '../conform/eye.ts'
import { environmentOf } from '../environment.ts'
import type { Progress, Subject } from '../run.ts'
import { credentialsFor } from '../steps/launch.ts'

export interface SceneOptions {
  /** Of the scratch place. */
  readonly host: Host
  readonly bench: ProofBench
  readonly subject: Subject
  readonly progress: Progress
  /** Marks what is started by hand; of this run only. */
  readonly token: string
}

const LOOKS_EVERY: Milliseconds = 20

/** The daemon in its scratch place: what can be done to it, and what can be seen of it. */
export class Scene {
  readonly host: Host
  readonly bench: ProofBench
  readonly subject: Subject
  readonly #options: SceneOptions
  readonly #credentials: Credentials | undefined
  readonly #argv: readonly string[]
  readonly #environment: Readonly<Record<string, string>>

  static at(options: SceneOptions): Result<Scene, Failure> {
    const { host, subject } = options
    const { definition } = subject
    const credentials = credentialsFor(host, definition)
    if (!credentials.ok) return credentials
    const user = credentials.value ?? host.users.current()
    const environment = environmentOf(definition, user, host.environment, host.files)
    if (!environment.ok) return environment
    return ok(new Scene(options, credentials.value, environment.value))
  }

  private constructor(
    options: SceneOptions,
    credentials: Credentials | undefined,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#options = options
    this.host = options.host
    this.bench = options.bench
    this.subject = options.subject
    this.#credentials = credentials
    this.#environment = { ...environment, DAEMONCTL_ID: options.token }
    const [program = '', ...words] = options.subject.definition.command.argv
    this.#argv = [this.host.spawner.resolve(program, environment['PATH'] ?? '') ?? program, ...words]
  }

  get definition() {
    return this.subject.definition
  }

  /** Who may own a pidfile. */
  get owners(): readonly number[] {
    const { uid } = this.host.processes.self()
    return [0, uid, ...(this.#credentials === undefined ? [] : [this.#credentials.uid])]
  }

  /** A directory that the daemon's user may write. */
  directory(name: string): Result<string, Failure> {
    const path = `${this.bench.directory}/${name}`
    const made = this.host.files.makeDirectory(path, 0o755, this.#credentials)
    return made.ok ? ok(path) : err(made.error)
  }

  act(request: Request): Promise<Outcome> {
    const { host, subject, progress } = this.#options
    return act(host, subject, request, progress, { lockWithin: 10_000, rollback: false })
  }

  /** Runs the program itself, as its definition has it; `before` are words in front of it. */
  callProgram(directory: string, within: Milliseconds, before: readonly string[] = []): Promise<ScriptOutcome> {
    return this.bench.call({
      argv: [...before, ...this.#argv],
      environment: this.#environment,
      directory,
      umask: this.definition.umask,
      inputClosed: false,
      credentials: this.#credentials,
      within,
    })
  }

  /** Sees what was started by hand; with the pidfile it also knows those who have written over their environment. */
  eyeByHand(pidfile: boolean): Eye {
    const { token, host, bench, subject } = this.#options
    return new Eye(
      { processes: host.processes, bench, token, askInit: undefined },
      pidfile
        ? { kind: 'known', path: subject.definition.pidfile, guessed: false }
        : { kind: 'none', why: 'it is not looked at' },
    )
  }

  /** Sees what daemonctl has started last. */
  eye(): Eye {
    const { host, bench, subject, token } = this.#options
    const record = host.records.read(subject.key)
    const known = record.kind === 'read' ? record.record.token : undefined
    return new Eye(
      { processes: host.processes, bench, token: known ?? token, askInit: undefined },
      { kind: 'known', path: subject.definition.pidfile, guessed: false },
    )
  }

  bodies(processes: readonly ProcessFacts[]): readonly Body[] {
    return processes.flatMap((process) => {
      const anatomy = this.bench.anatomy(process.pid)
      return anatomy === undefined ? [] : [{ process, ...anatomy }]
    })
  }

  lives({ pid, startTime }: Identity): boolean {
    const reading = this.host.processes.read(pid)
    return reading.kind === 'seen' && reading.process.startTime === startTime && reading.process.state !== 'Z'
  }

  /** Whether it becomes so within the time. */
  async becomes(isSo: () => boolean | Promise<boolean>, within: Milliseconds): Promise<boolean> {
    const { clock } = this.host
    const deadline = clock.monotonic() + within
    while (!(await isSo())) {
      if (clock.monotonic() > deadline) return false
      await clock.sleep(LOOKS_EVERY)
    }
    return true
  }

  /** Whether a process ends within the time. */
  async ends(main: Identity, within: Milliseconds): Promise<Pick<Outcome, 'exit'> | undefined> {
    const timer = new AbortController()
    const over = this.host.clock.sleep(within, timer.signal)
    try {
      return await Promise.race([
        this.host.signaller.ended(main, timer.signal).then((exit) => ({ exit })),
        over.then(() => undefined),
      ])
    } finally {
      timer.abort()
    }
  }
}

export const verbOf = ({ result, failure, took }: Outcome): Verb => ({ result, failure, took })

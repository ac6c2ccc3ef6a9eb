import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Request } from '../decide/plan/plan.ts'
import { levelOf, sentence, type Level, type Telling } from '../decide/watch/telling.ts'
import type { Actor, Host, Wish } from '../host/host.ts'
import type { Places, WatchHost } from '../host/watch-host.ts'
import { act, type Outcome } from '../operations/act.ts'
import { inParallel } from '../operations/in-parallel.ts'
import { setPaused, type PauseOutcome } from '../operations/pause.ts'
import { runAction } from '../operations/run-action.ts'
import type { Progress, Subject } from '../operations/run.ts'
import type {
  Asked,
  ControlEvent,
  ControlledActOptions,
  DefinitionsDifference,
  WatchControl,
  WatchReport,
} from './control.ts'
import { Deadlines } from './deadlines.ts'
import { LogRounds } from './log-rounds.ts'
import { reportOf } from './report.ts'
import { WatchedDaemon } from './watched-daemon.ts'

export interface WatcherOptions {
  readonly world: WatchHost
  /** The daemons to watch as their definitions are now. */
  read(): Promise<Result<readonly Subject[], Failure>>
  places(subject: Subject): Places
  /** Where the jitter of the delays begins. */
  readonly seed: number
  /** It only looks once: see `looked`. */
  readonly once?: boolean
}

/** How many daemons are stopped at once at the end of a watcher that is to stop them. */
const AT_ONCE = 64
const LOCK_WITHIN = 60_000
/** A single look is over after the second failure of a start, also where nothing delays the next one. */
const ONCE_LEAST_DELAY = 1_000

/** Keeps daemons up: takes back those that run, starts those that are wanted, and goes on until it is shut down. */
export class Watcher implements WatchControl {
  readonly #options: WatcherOptions
  readonly #daemons = new Map<string, WatchedDaemon>()
  readonly #listeners = new Set<(event: ControlEvent) => void>()
  readonly #deadlines: Deadlines
  readonly #ended: Promise<void>
  #end: () => void = () => {}
  #letGo: ((daemon: WatchedDaemon) => void) | undefined
  /** Those that have not come to rest since they are watched. */
  readonly #restless = new Set<string>()
  #rested: (() => void) | undefined
  #rounds: LogRounds | undefined
  #scales: { close(): void } | undefined
  #closed = false

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.world.host.clock, () => this.#daemons.values())
    this.#ended = new Promise((resolve) => (this.#end = resolve))
  }

  get #host(): Host {
    return this.#options.world.host
  }

  /** Begins with the daemons as they are defined. */
  begin(subjects: readonly Subject[]): void {
    for (const subject of subjects) this.#add(subject)
    const { changes, host } = this.#options.world
    this.#scales = changes.watch(host.scales.path, () => void this.rescale())
  }

  /** Rotates logs from now on, until the end. */
  rotateLogs(): void {
    const rounds = new LogRounds({
      host: this.#host,
      subjects: () => this.subjects(),
      tell: (subject, level, message) => this.#publish(this.#daemons.get(subject.key), 'log', level, message),
    })
    this.#rounds = rounds
    rounds.go().catch((error: unknown) => {
      this.#publish(undefined, 'log', 'error', `logs are not rotated any more: ${String(error)}`)
    })
  }

  /** Resolves when the watcher has been shut down and has let everything go. */
  ended(): Promise<void> {
    return this.#ended
  }

  /**
   * Resolves when each daemon has come to rest once: it was seen to be up, down or waiting. Some that fail again and
   * again are always at something; they hold nobody up.
   */
  rested(): Promise<void> {
    return this.#restless.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.#rested = resolve))
  }

  /**
   * Resolves when every daemon has come to rest, and nothing is under way any more: some that fail again and again
   * are let go of when they wait.
   */
  async looked(): Promise<void> {
    await this.rested()
    const left = new Set(this.#daemons.values())
    await new Promise<void>((resolve) => {
      this.#letGo = (daemon) => {
        if (daemon.busy || !left.delete(daemon)) return
        daemon.close()
        if (left.size === 0) resolve()
      }
      for (const daemon of left) this.#letGo(daemon)
      if (this.#daemons.size === 0) resolve()
    })
  }

  subjects(): readonly Subject[] {
    return [...this.#daemons.values()].map(({ subject }) => subject)
  }

  daemons(): Iterable<WatchedDaemon> {
    return this.#daemons.values()
  }

  list(): readonly WatchReport[] {
    return [...this.#daemons.values()].map((daemon) => reportOf(daemon, this.#host.clock))
  }

  find(name: string): WatchReport | undefined {
    const daemon = this.#named(name)
    return daemon === undefined ? undefined : reportOf(daemon, this.#host.clock)
  }

  async act(name: string, request: Request, options: ControlledActOptions, progress: Progress): Promise<Outcome> {
    const daemon = this.#named(name)
    if (daemon === undefined) return notWatched(name, request.verb)
    const outcome = await act(asActor(this.#host, options.by), daemon.subject, request, progress, options)
    daemon.readWish()
    return outcome
  }

  pause(name: string, asked: Asked): Promise<PauseOutcome> {
    return this.#setPaused(name, 'pause', asked)
  }

  resume(name: string, asked: Asked): Promise<PauseOutcome> {
    return this.#setPaused(name, 'resume', asked)
  }

  async runAction(
    name: string,
    action: string,
    args: readonly string[],
    { by }: Asked,
  ): Promise<Result<readonly string[], Failure>> {
    const daemon = this.#named(name)
    if (daemon === undefined) return err(failure('not-configured', 'planning', `${name} is not watched`))
    const silent: Progress = { waiting: () => {}, warn: () => {} }
    return runAction(asActor(this.#host, by), daemon.subject, { name: action, args }, silent, LOCK_WITHIN)
  }

  subscribe(listener: (event: ControlEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async reloadDefinitions(): Promise<Result<DefinitionsDifference, Failure>> {
    const read = await this.#options.read()
    if (!read.ok) {
      this.#publish(undefined, 'definitions', 'error', `${read.error.message}: the old definitions stay in force`)
      return read
    }
    const now = new Map(read.value.map((subject) => [subject.key, subject]))
    const added = read.value.filter(({ key }) => !this.#daemons.has(key))
    const removed = [...this.#daemons.values()].filter(({ subject }) => !now.has(subject.key))
    const changed = read.value.filter((subject) => {
      const watched = this.#daemons.get(subject.key)
      return watched !== undefined && watched.subject.hash() !== subject.hash()
    })
    for (const daemon of removed) this.#remove(daemon)
    for (const subject of changed) {
      const daemon = this.#daemons.get(subject.key)
      daemon?.redefine(subject)
      if (daemon !== undefined) {
        this.#publish(daemon, 'redefined', 'info', 'its definition has changed, its next start will be by the new one')
      }
    }
    for (const subject of added) {
      const daemon = this.#add(subject)
      this.#publish(daemon, 'watched', 'info', 'it is watched from now on')
    }
    const difference = {
      added: added.map(nameOf),
      removed: removed.map(({ subject }) => nameOf(subject)),
      changed: changed.map(nameOf),
    }
    this.#publish(undefined, 'definitions', 'info', `definitions read again: ${describe(difference)}`)
    return ok(difference)
  }

  /** Only the number of instances: other definitions may be half written, and are read again when somebody says so. */
  async rescale(): Promise<Result<DefinitionsDifference, Failure>> {
    const read = await this.#options.read()
    if (!read.ok) {
      this.#publish(undefined, 'definitions', 'error', `${read.error.message}: what was scaled is not heeded`)
      return read
    }
    const now = new Set(read.value.map(({ key }) => key))
    const watched = this.subjects()
    const removed = watched.filter((subject) => !now.has(subject.key) && read.value.some(isSibling(subject)))
    const added = read.value.filter(
      (subject) => !this.#daemons.has(subject.key) && watched.some(isSibling(subject)) && !this.#closed,
    )
    for (const { key } of removed) {
      const daemon = this.#daemons.get(key)
      if (daemon !== undefined) this.#remove(daemon)
    }
    for (const subject of added) {
      this.#publish(this.#add(subject), 'watched', 'info', 'it is watched from now on')
    }
    return ok({ added: added.map(nameOf), removed: removed.map(nameOf), changed: [] })
  }

  shutdown(how: 'leave' | 'stop'): void {
    void this.#shutDown(how)
  }

  async #shutDown(how: 'leave' | 'stop'): Promise<void> {
    const subjects = [...this.#daemons.values()].map(({ subject }) => subject)
    this.#publish(
      undefined,
      'shutdown',
      'info',
      how === 'stop' ? 'the watcher ends and stops its daemons' : 'the watcher ends, its daemons live on',
    )
    this.#closed = true
    this.#deadlines.close()
    this.#rounds?.close()
    this.#scales?.close()
    for (const daemon of this.#daemons.values()) daemon.close()
    this.#daemons.clear()
    if (how === 'stop') {
      const silent: Progress = { waiting: () => {}, warn: () => {} }
      await inParallel(subjects, AT_ONCE, (subject) =>
        act(this.#host, subject, { verb: 'end', only: undefined }, silent, {
          lockWithin: LOCK_WITHIN,
          rollback: false,
        }),
      )
    }
    this.#end()
  }

  async #setPaused(name: string, verb: PauseOutcome['verb'], { by }: Asked): Promise<PauseOutcome> {
    const daemon = this.#named(name)
    if (daemon === undefined) {
      return { name, verb, result: 'failed', failure: failure('not-configured', 'planning', `${name} is not watched`) }
    }
    const silent: Progress = { waiting: () => {}, warn: () => {} }
    const outcome = await setPaused(
      asActor(this.#host, by),
      daemon.subject,
      verb,
      silent,
      LOCK_WITHIN,
      daemon.state.want,
    )
    daemon.readWish()
    return outcome
  }

  #named(name: string): WatchedDaemon | undefined {
    for (const daemon of this.#daemons.values()) if (daemon.subject.definition.name === name) return daemon
    return undefined
  }

  #add(subject: Subject): WatchedDaemon {
    const { world, seed, places, once } = this.#options
    const daemon = new WatchedDaemon(subject, {
      world,
      places: places(subject),
      // Each daemon has its own chance, so that they do not all come back in one moment.
      seed: seed + this.#daemons.size,
      leastDelay: once === true ? ONCE_LEAST_DELAY : 0,
      changed: (daemon, told) => this.#changed(daemon, told),
      wished: (daemon, wish, wasPaused) => this.#publish(daemon, 'wished', 'info', wishText(wish, wasPaused)),
      stopSiblings: (daemon) => void this.#stopSiblings(daemon),
    })
    this.#daemons.set(subject.key, daemon)
    if (daemon.busy) this.#restless.add(subject.key)
    return daemon
  }

  #remove(daemon: WatchedDaemon): void {
    daemon.close()
    this.#daemons.delete(daemon.subject.key)
    this.#comesToRest(daemon)
    this.#publish(daemon, 'unwatched', 'info', 'it is not watched any more, and left as it is')
  }

  #changed(daemon: WatchedDaemon, told: Telling | undefined): void {
    this.#deadlines.consider(daemon)
    if (told !== undefined) this.#publish(daemon, told.kind, levelOf(told), sentence(told), told)
    if (!daemon.busy) this.#comesToRest(daemon)
    this.#letGo?.(daemon)
  }

  #comesToRest({ subject }: WatchedDaemon): void {
    if (this.#restless.delete(subject.key) && this.#restless.size === 0) this.#rested?.()
  }

  /** `on-exit = "stop-all"`: the operator's wish for the others becomes "down", as if he had stopped them. */
  async #stopSiblings({ subject }: WatchedDaemon): Promise<void> {
    const base = baseOf(nameOf(subject))
    const siblings = [...this.#daemons.values()].filter(({ subject: other }) => baseOf(nameOf(other)) === base)
    await Promise.all(
      siblings.map((sibling) =>
        this.act(
          nameOf(sibling.subject),
          { verb: 'stop' },
          { lockWithin: LOCK_WITHIN, rollback: false, by: undefined },
          { waiting: () => {}, warn: () => {} },
        ),
      ),
    )
  }

  #publish(
    daemon: WatchedDaemon | undefined,
    kind: ControlEvent['kind'],
    level: Level,
    message: string,
    telling?: Telling,
  ): void {
    if (this.#listeners.size === 0) return
    const event: ControlEvent = {
      at: this.#host.clock.now(),
      name: daemon?.subject.definition.name,
      kind,
      level,
      message,
      report: daemon === undefined ? undefined : reportOf(daemon, this.#host.clock),
      telling,
    }
    for (const listener of this.#listeners) listener(event)
  }
}

const nameOf = ({ definition }: Subject): string => definition.name
/** Another instance of the same definition. */
const isSibling =
  ({ definition }: Subject) =>
  (other: Subject): boolean =>
    definition.instance !== undefined &&
    other.definition.instance !== undefined &&
    baseOf(other.definition.name) === baseOf(definition.name)
const baseOf = (name: string): string => name.replace(/@.*$/, '')

function describe({ added, removed, changed }: DefinitionsDifference): string {
  const parts = [
    ...(added.length === 0 ? [] : [`${added.length} added`]),
    ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
    ...(changed.length === 0 ? [] : [`${changed.length} changed`]),
  ]
  return parts.length === 0 ? 'nothing has changed' : parts.join(', ')
}

function wishText({ want, paused, by }: Wish, wasPaused: boolean): string {
  const who = by.user ?? `uid ${by.uid}`
  if (paused !== wasPaused) return `it is ${paused ? 'paused' : 'resumed'} by ${who}`
  return `it is wished ${want === 'up' ? 'up' : 'down'} by ${who}`
}

/** The same host, on which somebody else acts: for wishes and history. */
function asActor(host: Host, by: Actor | undefined): Host {
  if (by === undefined) return host
  const { history } = host
  return {
    ...host,
    history: {
      append: (key, entry) => history.append(key, entry),
      read: (key) => history.read(key),
      version: (key) => history.version(key),
      actor: () => by,
    },
  }
}

function notWatched(name: string, verb: Request['verb']): Outcome {
  return {
    name,
    verb,
    result: 'failed',
    why: undefined,
    failure: failure('not-configured', 'planning', `${name} is not watched`),
    pid: undefined,
    main: undefined,
    exit: undefined,
    before: undefined,
    took: 0,
    lastSignal: undefined,
    rolledBack: false,
  }
}

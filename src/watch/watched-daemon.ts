import type { Milliseconds } from '../base/duration.ts'
import { beginWatching, nextDeadline, step } from '../decide/watch/machine.ts'
import type { Effect, Phase, Policy, RememberedPhase, Sight, Watched, WatchEvent } from '../decide/watch/state.ts'
import type { Identity } from '../decide/identity.ts'
import type { RecordReading } from '../decide/record.ts'
import type { Host, Wish } from '../host/host.ts'
import type { Places, WatchHost } from '../host/watch-host.ts'
import { act } from '../operations/act.ts'
import { observe } from '../operations/observe.ts'
import type { Progress, Subject } from '../operations/run.ts'
import { askHealth } from './ask-health.ts'
import { awaitEnd } from './await-end.ts'
import { CaptureCare } from './capture-care.ts'
import { Hearing } from './hearing.ts'
import { runHook } from './run-hook.ts'
import { tellHistory } from './tell-history.ts'
import { NO_TALLY } from '../decide/watch/tally.ts'
import type { Telling } from '../decide/watch/telling.ts'

/** While another verb has the daemon's lock, the watcher waits so long and then looks again. */
const LOCK_WITHIN: Milliseconds = 10 * 60_000

export interface WatchedDaemonOptions {
  readonly world: WatchHost
  readonly places: Places
  readonly seed: number
  /** No delay before a start is shorter, but that of the first one, which is none. */
  readonly leastDelay: Milliseconds
  /** Something was decided, or its phase has changed. */
  changed(daemon: WatchedDaemon, told: Telling | undefined): void
  /** An operator wishes something else, or the same once more. */
  wished(daemon: WatchedDaemon, wish: Wish, wasPaused: boolean): void
  stopSiblings(daemon: WatchedDaemon): void
}

/**
 * One watched daemon: feeds what happens to the machine, one event at a time, and carries out what that decides.
 * Whatever waits here waits for an event; the only deadline is the machine's.
 */
export class WatchedDaemon {
  subject: Subject
  state: Watched
  /** When it came into its phase, by the wall clock. */
  since: number
  /** Another number whenever something about it may have changed: its state, its record, its wish. */
  heard = 0
  readonly #options: WatchedDaemonOptions
  readonly #watches: { close(): void }[] = []
  #wish: Wish | undefined
  /** The process whose end is awaited. */
  #awaited: { readonly main: Identity; readonly over: AbortController } | undefined
  #probing: AbortController | undefined
  #hearing: Hearing | undefined
  #care: CaptureCare | undefined
  #closed = false
  #remembered = ''

  constructor(subject: Subject, options: WatchedDaemonOptions) {
    this.subject = subject
    this.#options = options
    const { host } = options.world
    this.#wish = host.wishes.read(subject.key)
    const remembered = options.world.memory.read(subject.key)
    // An operator who has said something since knows better; how often it was started stays true.
    const before = remembered?.wish === this.#wish?.at ? remembered : undefined
    const begun = beginWatching({
      wish: this.#wish,
      tally: before?.tally ?? { ...NO_TALLY, respawns: remembered?.tally.respawns ?? 0 },
      before: before?.phase,
      seed: options.seed,
    })
    this.state = begun.state
    this.since = host.clock.now()
    const { changes } = options.world
    const { wish, record, pidfile } = options.places
    this.#watches.push(
      changes.watch(wish, () => this.readWish()),
      changes.watch(record, () => this.#recordChanged()),
      changes.watch(pidfile, () => this.#touched()),
    )
    for (const effect of begun.effects) this.#perform(effect)
  }

  get policy(): Policy {
    const { respawn, health } = this.subject.definition
    const { leastDelay } = this.#options
    if (respawn.delay >= leastDelay) return { respawn, health }
    return { respawn: { ...respawn, delay: leastDelay, maxDelay: Math.max(leastDelay, respawn.maxDelay) }, health }
  }

  deadline(): Milliseconds | undefined {
    return nextDeadline(this.state, this.policy)
  }

  /** From now on by another definition of the same daemon. It goes on as it is; its next start is by the new one. */
  redefine(subject: Subject): void {
    this.subject = subject
    this.#hear(this.#awaited?.main)
    this.#options.changed(this, undefined)
  }

  due(at: Milliseconds): void {
    this.readWish()
    // Silence is none that we have only not listened to.
    this.#hearing?.listen()
    this.#feed({ on: 'due', at })
  }

  /** Heeds a wish that has changed since. */
  readWish(): void {
    if (this.#closed) return
    const wish = this.#options.world.host.wishes.read(this.subject.key)
    if (wish === undefined || isSame(wish, this.#wish)) return
    const paused = this.#wish?.paused ?? false
    this.#wish = wish
    this.#options.wished(this, wish, paused)
    this.#feed({ on: 'wished', want: wish.want, paused: wish.paused, at: this.#now() })
  }

  /** Nothing is done any more; the daemon is left as it is. */
  close(): void {
    this.#closed = true
    for (const watch of this.#watches) watch.close()
    this.#awaited?.over.abort()
    this.#probing?.abort()
    this.#hearing?.close()
    this.#care?.close()
  }

  /** Nobody tells of its end, so that it is asked for: for people. */
  get isAskedFor(): boolean {
    const main = this.#awaited?.main
    return main !== undefined && this.#options.world.host.signaller.notices(main) === 'asked'
  }

  /** What it says of itself, where it is heard. Untrusted. */
  get says(): string | undefined {
    return this.#hearing?.status
  }

  /** Whether something is under way whose outcome is not known yet. */
  get busy(): boolean {
    const { kind } = this.state.phase
    return kind === 'looking' || kind === 'starting' || kind === 'ending'
  }

  #now(): Milliseconds {
    return this.#options.world.host.clock.monotonic()
  }

  #feed(event: WatchEvent): void {
    if (this.#closed) return
    const before = this.state
    const { state, effects } = step(before, event, this.policy)
    this.state = state
    if (state.phase !== before.phase || state.want !== before.want || state.paused !== before.paused) this.heard += 1
    if (state.phase.kind !== before.phase.kind) this.since = this.#options.world.host.clock.now()
    this.#follow(state.phase)
    const others = effects.filter((effect) => effect.do !== 'respawn')
    const tell = (): void => {
      for (const effect of others) this.#perform(effect)
      this.#remember()
      if (state.phase !== before.phase || state.want !== before.want || state.paused !== before.paused) {
        this.#options.changed(this, undefined)
      }
    }
    if (others.length === effects.length) return tell()
    // A daemon that is down is started before anything is told of it.
    for (const effect of effects) if (effect.do === 'respawn') this.#perform(effect)
    void this.#options.world.host.clock.sleep(0).then(tell)
  }

  /** Awaits the end of exactly the process that the phase names. */
  #follow(phase: Phase): void {
    const main = phase.kind === 'up' ? phase.main : undefined
    if (main === this.#awaited?.main) return
    if (main?.pid === this.#awaited?.main.pid && main?.startTime === this.#awaited?.main.startTime) return
    this.#awaited?.over.abort()
    this.#probing?.abort()
    this.#awaited = undefined
    this.#hear(main)
    this.#careFor(main)
    if (main === undefined) return
    const over = new AbortController()
    this.#awaited = { main, over }
    const { host } = this.#options.world
    const cgroup = cgroupOf(host.records.read(this.subject.key))
    const kills = outOfMemoryKills(host, cgroup)
    void awaitEnd(host, main, cgroup, over.signal).then(async (exit) => {
      // It may have said who goes on in its place.
      if (exit !== undefined && (await this.#hearing?.hasSuccessor()) === true) await this.#observe()
      if (exit === undefined || over.signal.aborted) return
      // A wish is durable before it is carried out: the event of its file may only be on the way yet.
      this.readWish()
      const record = host.records.read(this.subject.key)
      const asked = record.kind === 'read' && record.record.phase === 'ending' && record.record.main.pid === main.pid
      const cause = outOfMemoryKills(host, cgroupOf(record)) > kills ? 'out-of-memory' : undefined
      this.#feed({ on: 'ended', main, exit, asked, cause, at: this.#now() })
    })
  }

  #hear(main: Identity | undefined): void {
    this.#hearing?.close()
    this.#hearing = undefined
    if (main === undefined || this.policy.health?.probe?.kind !== 'notify') return
    const { world } = this.#options
    const hearing = new Hearing({
      world,
      subject: this.subject,
      main,
      progress: this.#progress(),
      said: (word) => this.#feed({ on: 'said', main, word, at: this.#now() }),
    })
    this.#hearing = hearing
    void hearing.begin().catch((error: unknown) => this.#progress().warn(String(error)))
  }

  /** What a process that has ended wrote last is to be read as well: the care goes on until the next one begins. */
  #careFor(main: Identity | undefined): void {
    if (main === undefined) return
    this.#care?.close()
    this.#care = undefined
    const { definition, key } = this.subject
    if (!definition.log.capture) return
    const progress = this.#progress()
    this.#care = new CaptureCare({ host: this.#options.world.host, key, warn: (text) => progress.warn(text) })
    void this.#care.go().catch((error: unknown) => progress.warn(String(error)))
  }

  #recordChanged(): void {
    this.heard += 1
    const { phase } = this.state
    if (phase.kind === 'up') {
      const record = this.#options.world.host.records.read(this.subject.key)
      if (record.kind === 'read' && record.record.main.pid === phase.main.pid) return
    }
    this.#touched()
  }

  #touched(): void {
    this.heard += 1
    this.#feed({ on: 'touched', at: this.#now() })
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'observe':
        return this.#attempt(this.#observe(), (why) => ({ on: 'observed', as: { kind: 'unclear', why } }))
      case 'respawn':
        return this.#attempt(this.#respawn(), (why) => ({ on: 'start-failed', why, exit: { kind: 'unseen' } }))
      case 'end':
        return this.#attempt(this.#end(effect), (why) => ({ on: 'end-failed', why }))
      case 'probe': {
        const { main } = effect
        return this.#attempt(this.#probe(main), (why) => ({ on: 'probed', main, finding: { kind: 'failing', why } }))
      }
      case 'hook':
        return void runHook(this.#options.world.host, this.subject, effect.hook, this.#main(), this.#progress())
      case 'stop-siblings':
        return this.#options.stopSiblings(this)
      case 'tell':
        tellHistory(this.#options.world.host, this.subject, effect.what)
        return this.#options.changed(this, effect.what)
    }
  }

  /** The machine counts on an outcome, also where our own code or the system breaks down. */
  #attempt(work: Promise<void>, otherwise: (why: string) => Outcome): void {
    work.catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      this.#feed({ ...otherwise(why), at: this.#now() })
    })
  }

  #main(): Identity | undefined {
    const { phase } = this.state
    return phase.kind === 'up' || phase.kind === 'ending' ? phase.main : undefined
  }

  async #observe(): Promise<void> {
    const { host } = this.#options.world
    const { condition } = await observe(host, this.subject)
    const at = this.#now()
    const sight = (): Sight => {
      switch (condition.kind) {
        case 'running':
          return {
            kind: 'running',
            main: condition.main,
            since: at - Math.max(0, host.clock.now() - condition.process.startedAt),
          }
        case 'stopped':
        case 'stale':
        case 'foreign':
          return { kind: 'down' }
        case 'unknown':
          return condition.matter === 'garbage' ? { kind: 'down' } : { kind: 'unclear', why: condition.why }
      }
    }
    this.#feed({ on: 'observed', as: sight(), at })
  }

  async #respawn(): Promise<void> {
    const { host } = this.#options.world
    const outcome = await act(host, this.subject, { verb: 'respawn', want: 'up' }, this.#progress(), {
      lockWithin: LOCK_WITHIN,
      rollback: false,
    })
    const at = this.#now()
    if (outcome.failure !== undefined) {
      const why = `${outcome.failure.message} (${outcome.failure.stage})`
      return this.#feed({ on: 'start-failed', why, exit: outcome.exit ?? { kind: 'unseen' }, at })
    }
    if (outcome.main === undefined) {
      this.readWish()
      return this.#feed({ on: 'unwanted', at })
    }
    const launched = outcome.result === 'done'
    this.#feed({ on: 'started', main: outcome.main, since: launched ? at - outcome.took : at, launched, at })
  }

  async #end({ because, main }: Extract<Effect, { do: 'end' }>): Promise<void> {
    const { host } = this.#options.world
    // What is unwell is one process; what an operator wishes down is the daemon, whichever process it is by now.
    const request = { verb: 'end', only: because === 'wished' ? undefined : main } as const
    const outcome = await act(host, this.subject, request, this.#progress(), {
      lockWithin: LOCK_WITHIN,
      rollback: false,
    })
    const at = this.#now()
    this.readWish()
    this.#feed(
      outcome.failure === undefined
        ? { on: 'end-done', exit: outcome.exit ?? { kind: 'unseen' }, at }
        : { on: 'end-failed', why: outcome.failure.message, at },
    )
  }

  async #probe(main: Identity): Promise<void> {
    const over = new AbortController()
    this.#probing = over
    const finding = await askHealth(this.#options.world.host, this.subject, main, over.signal)
    if (over.signal.aborted) return
    this.#feed({ on: 'probed', main, finding, at: this.#now() })
  }

  #progress(): Progress {
    return {
      waiting: () => {},
      warn: (text) => this.#options.changed(this, { kind: 'warned', what: text }),
    }
  }

  #remember(): void {
    const phase = rememberedPhase(this.state.phase)
    if (phase === undefined) return
    const remembered = { tally: this.state.tally, phase, wish: this.#wish?.at }
    const text = JSON.stringify(remembered)
    if (text === this.#remembered) return
    this.#remembered = text
    this.#options.world.memory.write(this.subject.key, remembered)
  }
}

/** An event that is the outcome of an effect. */
type Outcome = DistributedOmit<WatchEvent>
type DistributedOmit<Event> = Event extends unknown ? Omit<Event, 'at'> : never

const isSame = (wish: Wish, other: Wish | undefined): boolean =>
  wish.at === other?.at && wish.want === other.want && wish.paused === other.paused

/** In its cgroup, which may have outlived the processes before. */
const outOfMemoryKills = ({ cgroups }: Host, cgroup: string | undefined): number =>
  cgroup === undefined ? 0 : cgroups.outOfMemoryKills(cgroup)

const cgroupOf = (reading: RecordReading): string | undefined =>
  reading.kind === 'read' ? reading.record.cgroup : undefined

function rememberedPhase(phase: Phase): RememberedPhase | undefined {
  switch (phase.kind) {
    case 'up':
      return { kind: 'up' }
    case 'down':
    case 'backing-off':
    case 'cooling-down':
      return phase
    case 'looking':
    case 'starting':
    case 'ending':
    case 'unclear':
      return undefined
  }
}

import { unreachable } from '../../../src/base/result.ts'
import type { Milliseconds } from '../../../src/base/duration.ts'
import type { Exit } from '../../../src/decide/exit.ts'
import type { Identity } from '../../../src/decide/identity.ts'
import { draw } from '../../../src/decide/watch/chance.ts'
import { beginWatching, nextDeadline, step, type Step } from '../../../src/decide/watch/machine.ts'
import type {
  Effect,
  Finding,
  Policy,
  RememberedPhase,
  Sight,
  Watched,
  WatchEvent,
} from '../../../src/decide/watch/state.ts'
import type { Tally } from '../../../src/decide/watch/tally.ts'
import type { Move } from './moves.ts'

/** Without the time, which is that of the delivery. */
type News = WatchEvent extends infer E ? (E extends WatchEvent ? Omit<E, 'at'> : never) : never

interface Due {
  readonly at: Milliseconds
  /** Of two in one millisecond chance says which comes first. */
  readonly order: number
  readonly happen: () => void
}

/** One decision, with the truth of its moment. */
export interface Decision {
  readonly before: Watched
  readonly event: WatchEvent
  readonly policy: Policy
  readonly after: Step
  /** The daemon's process, if one lives. */
  readonly alive: Identity | undefined
}

export interface Watcher {
  /** A watcher begins: whatever the one before it had under way is lost. */
  begins(begun: Step): void
  decides(decision: Decision): void
  /** The effects of the decision are under way. */
  rests(state: Watched, under: UnderWay, policy: Policy): void
}

/** Effects whose outcomes are to come. */
export interface UnderWay {
  readonly observe: number
  readonly respawn: number
  readonly end: number
  /** Processes that are being asked. */
  readonly probes: readonly Identity[]
  /** The process whose end will be told. */
  readonly awaited: Identity | undefined
}

const same = (a: Identity | undefined, b: Identity | undefined): boolean =>
  a?.pid === b?.pid && a?.startTime === b?.startTime

/**
 * A small world with one daemon: few PIDs, so that they are soon used again; outcomes that take their time, lie and
 * overtake each other; and the watcher's runtime as it is: a respawn looks at wish and process under the lock.
 */
export class World {
  now: Milliseconds = 1000
  policy: Policy
  state: Watched
  wish = { want: 'up' as 'up' | 'down', paused: false }
  events = 0
  /** Starts of a process while another of the daemon lived: there must be none. */
  copies = 0
  alive: Identity | undefined
  readonly #watcher: Watcher
  readonly #tame: boolean
  readonly #daemons: Identity[] = []
  readonly #strangers = new Set<number>()
  #chance: number
  #ticks = 0
  #hidden = false
  #lies = false
  #settling = false
  #wishRead = this.wish
  #asked = 0
  #queue: Due[] = []
  #under = { observe: 0, respawn: 0, end: 0, probes: [] as Identity[], awaited: undefined as Identity | undefined }
  #remembered: { readonly tally: Tally; readonly phase: RememberedPhase } | undefined

  /** `tame`: what is to be ended ends. */
  constructor(policy: Policy, seed: number, watcher: Watcher, tame: boolean) {
    this.policy = policy
    this.#tame = tame
    this.#chance = seed
    this.#watcher = watcher
    if (this.#luck(0.5)) this.#launch()
    this.state = this.#begin()
  }

  make(move: Move): void {
    switch (move.do) {
      case 'wait':
        return this.#pass(move.for)
      case 'die':
        return this.#die(move.exit, false)
      case 'stop':
        return this.#say({ want: 'down', paused: this.wish.paused })
      case 'start':
        return this.#say({ want: 'up', paused: this.wish.paused })
      case 'pause':
        return this.#say({ want: this.wish.want, paused: true })
      case 'resume':
        return this.#say({ want: this.wish.want, paused: false })
      case 'touch':
        return this.#later(5, { on: 'touched' })
      case 'say': {
        const main = this.alive
        if (main !== undefined) this.#later(10, { on: 'said', main, word: move.word })
        return
      }
      case 'restart':
        this.#die({ kind: 'signal', signal: 'TERM' }, true)
        if (move.starts) this.#in(100, () => this.#launchByHand())
        return
      case 'start-by-hand':
        return this.#launchByHand()
      case 'change-main':
        return this.#changeMain()
      case 'reuse-pids':
        for (const { pid } of this.#daemons) if (pid !== this.alive?.pid) this.#strangers.add(pid)
        return
      case 'confuse':
        return this.#feed(this.#confusion(move.by))
      case 'hide':
        this.#hidden = move.hidden
        return
      case 'lie':
        this.#lies = move.lies
        return
      case 'kill-watcher':
        if (!move.remembers) this.#remembered = undefined
        this.state = this.#begin()
        return
      case 'redefine':
        this.policy = move.policy
        return
      default:
        return unreachable(move)
    }
  }

  /** Nothing befalls it any more, and everything works: whatever is under way comes to its end. */
  settle(): void {
    this.#hidden = false
    this.#lies = false
    this.#settling = true
    const isSettled = (): boolean =>
      this.#queue.length === 0 && (this.state.phase.kind === 'down' || this.state.phase.kind === 'up')
    for (let turns = 0; turns < 1000 && !isSettled(); turns += 1) if (!this.#turn(Infinity)) break
  }

  #begin(): Watched {
    this.#queue = []
    this.#under = { observe: 0, respawn: 0, end: 0, probes: [], awaited: undefined }
    this.#wishRead = this.wish
    const { tally, phase } = this.#remembered ?? {}
    const begun = beginWatching({ wish: this.wish, tally, before: phase, seed: this.#chance })
    this.#watcher.begins(begun)
    this.state = begun.state
    this.#carryOut(begun.effects)
    return begun.state
  }

  #pass(span: Milliseconds): void {
    const until = this.now + span
    for (let turns = 0; turns < 100; turns += 1) {
      if (this.#turn(until)) continue
      this.now = until
      return
    }
  }

  /** The next thing that happens until then. */
  #turn(until: Milliseconds): boolean {
    const next = this.#queue.toSorted((a, b) => a.at - b.at || a.order - b.order)[0]
    const deadline = nextDeadline(this.state, this.policy)
    const dueAt = deadline === undefined ? Infinity : Math.max(deadline, this.now)
    const at = Math.min(next?.at ?? Infinity, dueAt)
    if (at > until || at === Infinity) return false
    this.now = at
    if (next !== undefined && (next.at < dueAt || (next.at === dueAt && this.#luck(0.5)))) {
      this.#queue.splice(this.#queue.indexOf(next), 1)
      next.happen()
    } else this.#feed({ on: 'due' })
    return true
  }

  #feed(news: News): void {
    const event = { ...news, at: this.now } as WatchEvent
    const { policy, state: before, alive } = this
    const after = step(before, event, policy)
    this.events += 1
    this.state = after.state
    this.#watcher.decides({ before, event, policy, after, alive })
    this.#carryOut(after.effects)
    this.#awaitEnd()
    this.#remember()
    this.#watcher.rests(this.state, this.#under, policy)
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'observe':
          this.#under.observe += 1
          this.#in(20, () => {
            const as = this.#sight()
            this.#later(20, { on: 'observed', as }, () => (this.#under.observe -= 1))
          })
          break
        case 'respawn':
          this.#under.respawn += 1
          this.#in(30, () => this.#later(300, this.#respawn(), () => (this.#under.respawn -= 1)))
          break
        case 'end':
          this.#under.end += 1
          this.#in(50, () => this.#later(50, this.#end(effect.main), () => (this.#under.end -= 1)))
          break
        case 'probe':
          this.#probe(effect.main)
          break
        case 'hook':
        case 'tell':
        case 'stop-siblings':
      }
    }
  }

  #probe(main: Identity): void {
    this.#under.probes.push(main)
    const asked = this.#asked
    const finding = this.#finding()
    this.#in(100, () => {
      if (asked !== this.#asked) return
      this.#under.probes = this.#under.probes.filter((one) => !same(one, main))
      this.#feed({ on: 'probed', main, finding })
    })
  }

  #sight(): Sight {
    if (this.#hidden) return { kind: 'unclear', why: this.#luck(0.8) ? 'it hides' : 'garbage' }
    return this.alive === undefined
      ? { kind: 'down' }
      : { kind: 'running', main: this.alive, since: this.now - this.#number(20_000) }
  }

  /** Under the lock. */
  #respawn(): News {
    if (this.wish.want === 'down' || this.wish.paused) return { on: 'unwanted' }
    if (this.alive !== undefined) return { on: 'started', main: this.alive, since: this.now, launched: false }
    const failed: News = { on: 'start-failed', why: 'it ended', exit: { kind: 'code', code: this.#number(2) } }
    if (!this.#settling && this.#luck(0.3)) return failed
    const main = this.#launch()
    return this.#lies && this.#luck(0.5) ? failed : { on: 'started', main, since: this.now, launched: true }
  }

  #end(main: Identity): News {
    if (this.#lies && this.#luck(0.5)) return { on: 'end-done', exit: { kind: 'unseen' } }
    if (!this.#settling && !this.#tame && this.#luck(0.1)) return { on: 'end-failed', why: 'something survives' }
    // By identity: whoever has the PID now, if it is not that process it is left alone.
    if (same(this.alive, main)) this.alive = undefined
    return { on: 'end-done', exit: { kind: 'signal', signal: 'TERM' } }
  }

  #finding(): Finding {
    if (this.#settling || this.#luck(0.6)) return { kind: 'healthy' }
    return this.#luck(0.8) ? { kind: 'failing', why: 'no answer' } : { kind: 'too-big', rss: 2000 }
  }

  #launch(): Identity {
    if (this.alive !== undefined) this.copies += 1
    const free = [2, 3, 4, 5, 6, 7].filter((pid) => !this.#strangers.has(pid))
    const pid = free[this.#number(free.length)] ?? 8
    this.#ticks += 1
    this.alive = { bootId: 'this', pid, startTime: this.#ticks }
    this.#daemons.push(this.alive)
    this.#strangers.delete(7)
    return this.alive
  }

  #launchByHand(): void {
    if (this.alive !== undefined) return
    this.#launch()
    this.#later(20, { on: 'touched' })
  }

  #die(exit: Exit, asked: boolean): void {
    const main = this.alive
    if (main === undefined) return
    this.alive = undefined
    if (same(this.#under.awaited, main)) this.#later(3, { on: 'ended', main, exit, asked })
  }

  /** The old process ends a little later. */
  #changeMain(): void {
    const old = this.alive
    if (old === undefined) return
    this.alive = undefined
    this.#launch()
    this.#later(20, { on: 'touched' })
    this.#in(100, () => {
      if (!same(this.#under.awaited, old)) return
      this.#feed({ on: 'ended', main: old, exit: { kind: 'code', code: 0 }, asked: false })
    })
  }

  /** As the runtime does: the end of exactly that process, also if that has been already. */
  #awaitEnd(): void {
    const { phase } = this.state
    const main = phase.kind === 'up' ? phase.main : undefined
    if (same(main, this.#under.awaited)) return
    this.#under.awaited = main
    // Whom nobody waits for nobody asks any more.
    this.#asked += 1
    this.#under.probes = []
    if (main !== undefined && this.#luck(0.8)) this.#later(30, { on: 'said', main, word: { kind: 'listening' } })
    if (main !== undefined && !same(main, this.alive)) {
      this.#later(3, { on: 'ended', main, exit: { kind: 'unseen' }, asked: false })
    }
  }

  #say(wish: World['wish']): void {
    this.wish = wish
    this.#in(10, () => this.#readWish())
  }

  #readWish(): void {
    if (this.#wishRead === this.wish) return
    this.#wishRead = this.wish
    this.#feed({ on: 'wished', ...this.wish })
  }

  #remember(): void {
    const { phase, tally } = this.state
    switch (phase.kind) {
      case 'up':
        this.#remembered = { tally, phase: { kind: 'up' } }
        break
      case 'down':
      case 'backing-off':
      case 'cooling-down':
        this.#remembered = { tally, phase }
        break
      case 'looking':
      case 'starting':
      case 'ending':
      case 'unclear':
    }
  }

  #confusion(by: Extract<Move, { do: 'confuse' }>['by']): News {
    // Whatever can be taken for the daemon by its PID alone; outcomes only where none is awaited.
    const { phase } = this.state
    const old = this.#daemons.findLast((main) => !(phase.kind === 'up' && same(main, phase.main)))
    const reused: Identity = { bootId: 'this', pid: phase.kind === 'up' ? phase.main.pid : 2, startTime: 0 }
    const main = old === undefined || this.#luck(0.5) ? reused : old
    const exit: Exit = { kind: 'code', code: 1 }
    switch (by) {
      case 'ended':
        return { on: 'ended', main, exit, asked: false }
      case 'probed':
        return { on: 'probed', main, finding: { kind: 'failing', why: 'old' } }
      case 'said':
        return { on: 'said', main, word: { kind: 'ill' } }
      case 'started':
      case 'start-failed':
      case 'unwanted':
        if (phase.kind === 'starting') return { on: 'due' }
        if (by === 'unwanted') return { on: 'unwanted' }
        return by === 'started'
          ? { on: 'started', main, since: this.now, launched: true }
          : { on: 'start-failed', why: 'old', exit }
      case 'end-done':
      case 'end-failed':
        if (phase.kind === 'ending') return { on: 'due' }
        return by === 'end-done' ? { on: 'end-done', exit } : { on: 'end-failed', why: 'old' }
    }
  }

  #later(most: Milliseconds, news: News, arrives: () => void = () => {}): void {
    this.#in(most, () => {
      // A runtime may look at the wish before it tells an outcome, or not.
      if (this.#luck(0.3)) this.#readWish()
      arrives()
      this.#feed(news)
    })
  }

  #in(most: Milliseconds, happen: () => void): void {
    const span = this.#luck(0.3) ? 0 : this.#number(most + 1)
    this.#queue.push({ at: this.now + span, order: this.#number(1000), happen })
  }

  #luck(chance: number): boolean {
    return this.#number(1000) < chance * 1000
  }

  #number(below: number): number {
    const { chance, seed } = draw(this.#chance)
    this.#chance = seed
    return Math.floor(chance * below)
  }
}

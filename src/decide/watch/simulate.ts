import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import type { Exit } from '../exit.ts'
import type { Identity } from '../identity.ts'
import { beginWatching, nextDeadline, step } from './machine.ts'
import type { Effect, Policy, Watched, WatchEvent } from './state.ts'
import { sentence, type Telling } from './telling.ts'

/** What may befall a daemon that has run well until then. */
export const SCENARIOS = ['crash-loop', 'crash-once', 'exit-0', 'hang', 'flapping'] as const
export type Scenario = (typeof SCENARIOS)[number]

const HOUR: Milliseconds = 3_600_000
/** What crashes in a loop crashes so long after its start. */
const SHORT: Milliseconds = 1000
const MOST_LINES = 40
const MOST_EVENTS = 10_000

/** One line of the timeline; `what`: the machine's own words, undefined: the story's. */
interface Moment {
  readonly at: Milliseconds
  readonly what: Telling | undefined
  readonly text: string
}

/**
 * What the watcher would do over time: a line for each decision, its time first, for people. It ends when nothing
 * more happens, or when everything has been seen once and comes again; at the latest after 40 lines. Starts and ends
 * take no time here, and no delay is shortened by chance.
 */
export function simulate({ respawn, health }: Policy, scenario: Scenario): readonly string[] {
  const moments = momentsOf({ respawn, health }, scenario)
  const lines = inColumns(moments.filter((moment, index) => isWorthALine(moment, index, moments)))
  const waited = moments.some(({ what }) => what !== undefined && 'next' in what && what.next.kind === 'after')
  if (!waited || respawn.jitter === 0) return lines
  return [
    ...lines,
    `(jitter: each delay before a start is up to ${Math.round(respawn.jitter * 100)} % shorter, by chance)`,
  ]
}

/** One line of the timeline, for programs. */
export interface Told {
  readonly at: Milliseconds
  readonly text: string
}

/** The same lines, for programs. */
export function simulated(policy: Policy, scenario: Scenario): readonly Told[] {
  const moments = momentsOf(policy, scenario)
  return moments
    .filter((moment, index) => moment.at !== Infinity && isWorthALine(moment, index, moments))
    .slice(0, MOST_LINES)
    .map(({ at, text }) => ({ at, text }))
}

const momentsOf = ({ respawn, health }: Policy, scenario: Scenario): readonly Moment[] =>
  new Simulation({ respawn: { ...respawn, jitter: 0 }, health }, scenario).run()

class Simulation {
  readonly #policy: Policy
  readonly #scenario: Scenario
  readonly #moments: Moment[] = []
  /** Outcomes on their way. */
  readonly #pending: WatchEvent[] = []
  readonly #seen = new Set<string>()
  #state: Watched
  #main: Identity = { bootId: '', pid: 0, startTime: 0 }
  #endsAt: Milliseconds | undefined
  #repeats = false

  constructor(policy: Policy, scenario: Scenario) {
    this.#policy = policy
    this.#scenario = scenario
    // It has run well, and has not yet reached its max-age.
    const ran = Math.min(Math.max(HOUR, policy.respawn.resetAfter), (policy.health?.maxAge ?? Infinity) / 2)
    const begun = beginWatching({ wish: { want: 'up', paused: false }, seed: 0 }).state
    const sight = { kind: 'running', main: this.#main, since: -ran } as const
    const found = step(begun, { on: 'observed', as: sight, at: 0 }, policy).state
    this.#state = step(found, { on: 'said', main: this.#main, word: { kind: 'listening' }, at: 0 }, policy).state
    if (scenario !== 'hang') this.#endsAt = 0
  }

  run(): readonly Moment[] {
    if (this.#hangs) this.#say(0, 'it hangs: it runs, and answers nothing')
    for (let events = 0; events < MOST_EVENTS; events += 1) {
      const event = this.#next()
      if (event === undefined) {
        this.#close()
        return this.#moments
      }
      const { state, effects } = step(this.#state, event, this.#policy)
      this.#state = state
      for (const effect of effects) this.#perform(effect, event.at)
      if (this.#repeats || this.#moments.length >= 2 * MOST_LINES) {
        this.#say(Infinity, 'and so on')
        return this.#moments
      }
    }
    return this.#moments
  }

  /** The first of what is to happen; undefined: nothing more that would be news. */
  #next(): WatchEvent | undefined {
    const outcome = this.#pending.shift()
    if (outcome !== undefined) return outcome
    const { phase } = this.#state
    const due = nextDeadline(this.#state, this.#policy) ?? Infinity
    if (this.#endsAt !== undefined && this.#endsAt <= due) {
      const exit: Exit = { kind: 'code', code: this.#scenario === 'exit-0' ? 0 : 1 }
      const at = this.#endsAt
      this.#endsAt = undefined
      return { on: 'ended', main: this.#main, exit, asked: false, at }
    }
    const isWell = phase.kind === 'up' && this.#endsAt === undefined && !this.#hangs
    const enough = isWell ? phase.since + this.#policy.respawn.resetAfter : Infinity
    if (due === Infinity || due > enough) return undefined
    // What does not hang says so at the last moment.
    if (phase.kind === 'up' && !this.#hangs && phase.pings?.by === due) {
      return { on: 'said', main: this.#main, word: { kind: 'well' }, at: due }
    }
    return { on: 'due', at: due }
  }

  #perform(effect: Effect, at: Milliseconds): void {
    switch (effect.do) {
      case 'tell':
        return this.#tell(effect.what, at)
      case 'respawn': {
        this.#main = { ...this.#main, pid: this.#main.pid + 1 }
        this.#endsAt = this.#livesFor === undefined ? undefined : at + this.#livesFor
        this.#pending.push(
          { on: 'started', main: this.#main, since: at, launched: true, at },
          { on: 'said', main: this.#main, word: { kind: 'listening' }, at },
        )
        return
      }
      case 'end':
        this.#endsAt = undefined
        this.#pending.push({ on: 'end-done', exit: { kind: 'signal', signal: 'TERM' }, at })
        return
      case 'probe': {
        const timeout = this.#policy.health?.timeout ?? 0
        const why = `no answer in ${formatDuration(timeout)}`
        this.#pending.push(
          this.#hangs
            ? { on: 'probed', main: effect.main, finding: { kind: 'failing', why }, at: at + timeout }
            : { on: 'probed', main: effect.main, finding: { kind: 'healthy' }, at },
        )
        return
      }
      case 'stop-siblings':
        return this.#say(at, 'its other instances are stopped as well (on-exit)')
      case 'observe':
      case 'hook':
    }
  }

  /** How long each run after the first lasts; undefined: it does not end by itself. */
  get #livesFor(): Milliseconds | undefined {
    switch (this.#scenario) {
      case 'crash-loop':
      case 'exit-0':
        return SHORT
      case 'flapping':
        return this.#policy.respawn.resetAfter
      case 'crash-once':
      case 'hang':
        return undefined
    }
  }

  get #hangs(): boolean {
    return this.#scenario === 'hang'
  }

  #tell(what: Telling, at: Milliseconds): void {
    const text = words(what)
    if ((what.kind === 'ended' || what.kind === 'ending') && this.#hasSeen(text, at)) this.#repeats = true
    else this.#moments.push({ at, what, text })
  }

  /** The same decision with the same past: what follows has been seen. */
  #hasSeen(text: string, at: Milliseconds): boolean {
    const { failures, starts, lastDelay } = this.#state.tally
    const { delay, factor, maxDelay, interval } = this.#policy.respawn
    const grown = factor === 1 || delay === 0 || lastDelay >= maxDelay
    const recent = starts.map((start) => at - start).filter((ago) => ago < interval)
    const key = JSON.stringify([text, grown ? Math.min(failures, 2) : failures, recent])
    const seen = this.#seen.has(key)
    this.#seen.add(key)
    return seen
  }

  #say(at: Milliseconds, text: string): void {
    this.#moments.push({ at, what: undefined, text })
  }

  /** Nothing more happens by itself. */
  #close(): void {
    const { phase, tally } = this.#state
    if (phase.kind !== 'up') return
    if (this.#hangs) return this.#say(0, 'nothing notices that: its definition has no health.probe')
    const { resetAfter } = this.#policy.respawn
    if (tally.failures === 0) return
    this.#say(phase.since + resetAfter, `it has run for ${formatDuration(resetAfter)}: what was before is forgotten`)
  }
}

/** In a simulation a PID says nothing. */
function words(what: Telling): string {
  if (what.kind === 'started') return 'it is up again'
  return sentence(what.kind === 'ended' ? { ...what, pid: undefined } : what)
}

/** That it is up says the next line, too; and what a failing probe leads to is seen once. */
function isWorthALine({ what }: Moment, index: number, all: readonly Moment[]): boolean {
  if (what?.kind === 'started') {
    const next = all[index + 1]
    return next === undefined || (next.what === undefined && next.at !== Infinity)
  }
  return what?.kind !== 'failing' || !all.slice(0, index).some((before) => before.what?.kind === 'ending')
}

function inColumns(moments: readonly Moment[]): readonly string[] {
  const shown = moments.length <= MOST_LINES ? moments : [...moments.slice(0, MOST_LINES - 1), ...moments.slice(-1)]
  const times = shown.map(({ at }) => timeText(at))
  const width = Math.max(...times.map((time) => time.length))
  return shown.map(({ text }, index) => `${(times[index] ?? '').padStart(width)}  ${text}`)
}

function timeText(at: Milliseconds): string {
  if (at === Infinity) return '...'
  return at < 60_000 ? `${(at / 1000).toFixed(1)} s` : formatDuration(at)
}

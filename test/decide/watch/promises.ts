import type { Milliseconds } from '../../../src/base/duration.ts'
import type { Identity } from '../../../src/decide/identity.ts'
import { nextDeadline, step, type Step } from '../../../src/decide/watch/machine.ts'
import type { Effect, Policy, Watched, WatchEvent } from '../../../src/decide/watch/state.ts'
import { kinds } from './given.ts'
import { tableRows, transition } from './table.ts'
import type { Decision, UnderWay, Watcher } from './world.ts'

const IN_TABLE: ReadonlySet<string> = new Set(tableRows().map(transition))

/** Looks at every decision of a world, and throws at the first that breaks a promise. */
export class Promises implements Watcher {
  /** Transitions of the table that were taken. */
  readonly taken: Set<string>
  readonly #tame: boolean
  readonly #story: string[] = []
  readonly #trace: { begun: Watched; decisions: Decision[] }[] = []
  /** What the operator has said last, as far as the machine was told. */
  #wish: { readonly want: 'up' | 'down'; readonly paused: boolean } = { want: 'up', paused: false }
  /** Starts since the last new burst. */
  #starts: readonly Milliseconds[] = []

  #policy: Policy | undefined
  #editedAt: Milliseconds = 0

  constructor(taken: Set<string>, tame: boolean) {
    this.taken = taken
    this.#tame = tame
  }

  begins({ state, effects }: Step): void {
    freeze(state)
    this.#trace.push({ begun: state, decisions: [] })
    this.#wish = state
    this.#starts = state.tally.starts.filter((start) => start > this.#editedAt)
    this.#check(kinds(effects) === 'observe', 'a watcher begins with a look')
  }

  decides(decision: Decision): void {
    const { before, event, policy, after } = decision
    freeze(after.state)
    this.#tell(decision)
    this.#trace.at(-1)?.decisions.push(decision)
    if (event.on === 'wished') this.#wish = event
    this.#isInTable(decision)
    this.#knowsIdentities(decision)
    this.#isWanted(after, event)
    this.#isOne(decision)
    this.#isWithinBurst(decision)
    this.#isBackingOff(before, event, policy, after.state)
    this.#endsWhatItKnows(decision)
  }

  rests(state: Watched, under: UnderWay, policy: Policy): void {
    this.#awaitsSomething(state, under, policy)
    this.#heedsItsDeadline(state, policy)
  }

  /** The same events once more. */
  replay(): void {
    for (const { begun, decisions } of this.#trace) {
      let state = begun
      for (const { event, policy, after } of decisions) {
        const again = step(state, event, policy)
        this.#check(JSON.stringify(again) === JSON.stringify(after), 'the same events give the same')
        state = again.state
      }
    }
  }

  check(holds: boolean, promise: string): void {
    this.#check(holds, promise)
  }

  #isInTable({ before, event, after }: Decision): void {
    const taken = transition({
      phase: before.phase.kind,
      event: event.on,
      to: after.state.phase.kind,
      effects: kinds(after.effects),
    })
    const isNothing = before.phase.kind === after.state.phase.kind && after.effects.length === 0
    this.#check(isNothing || IN_TABLE.has(taken), `in the table: ${taken}`)
    this.taken.add(taken)
  }

  /** What happens to another process, with the same PID or not, is nothing to it. */
  #knowsIdentities({ before, event, after }: Decision): void {
    if (event.on !== 'ended' && event.on !== 'probed' && event.on !== 'said') return
    if (before.phase.kind === 'up' && isSame(before.phase.main, event.main)) return
    this.#check(after.state === before && after.effects.length === 0, `${event.on} of another process`)
  }

  /** What was stopped or paused is not started, by nothing but an operator; what is paused is not ended. */
  #isWanted({ effects }: Step, event: WatchEvent): void {
    if (does(effects, 'respawn')) {
      this.#check(this.#wish.want === 'up' && !this.#wish.paused, `no start of what is not wanted, at ${event.on}`)
    }
    if (does(effects, 'end')) this.#check(!this.#wish.paused, `no end of what is paused, at ${event.on}`)
  }

  #isOne({ before, after, alive }: Decision): void {
    if (!does(after.effects, 'respawn')) return
    this.#check(before.phase.kind !== 'ending' || after.state.phase.kind === 'starting', 'no start while it is ended')
    this.#check(after.effects.filter((effect) => effect.do === 'respawn').length === 1, 'one start at a time')
    if (this.#tame) this.#check(alive === undefined, 'no start while it lives')
  }

  /** At most "burst" starts of the watcher's own accord in every window, from one cool-down to the next. */
  #isWithinBurst({ before, event, policy, after }: Decision): void {
    const { burst, interval } = policy.respawn
    // An edited definition counts by its own window; a start that was decided before it was edited comes all the same.
    if (policy !== this.#policy) {
      this.#starts = []
      this.#editedAt = event.at
    }
    this.#policy = policy
    if (event.on === 'wished' && event.want === 'up' && !event.paused && before.phase.kind !== 'up') this.#starts = []
    if (after.effects.some((effect) => effect.do === 'tell' && effect.what.kind === 'trying-again')) this.#starts = []
    const isStart = before.phase.kind === 'starting' && (event.on === 'start-failed' || event.on === 'started')
    if (isStart && (event.on === 'start-failed' || event.launched)) {
      this.#starts = [...this.#starts.filter((start) => start > event.at - interval), event.at]
    }
    if (!does(after.effects, 'respawn') || isAsked(before, event)) return
    const recent = this.#starts.filter((start) => start > event.at - interval)
    this.#check(recent.length < burst, `${recent.length} starts, burst ${burst}`)
  }

  /** Each delay is at least the one before it and at most max-delay, until the row of failures is over. */
  #isBackingOff(before: Watched, event: WatchEvent, { respawn }: Policy, after: Watched): void {
    const [was, is] = [before.tally, after.tally]
    if (is.failures > was.failures) {
      this.#check(is.failures === was.failures + 1, 'failures are counted one by one')
      const least = Math.min(was.lastDelay, respawn.maxDelay)
      this.#check(is.lastDelay >= least && is.lastDelay <= respawn.maxDelay, `delay ${is.lastDelay} after ${least}`)
      if (after.phase.kind === 'backing-off') {
        this.#check(after.phase.until === event.at + is.lastDelay, 'the deadline is that of the delay')
      } else this.#check(is.lastDelay === 0 && after.phase.kind === 'starting', 'no delay is a start at once')
    } else if (is.failures < was.failures) {
      const { phase } = before
      const hasRun = phase.kind === 'up' && event.at - phase.since >= respawn.resetAfter && phase.healthy
      const isOperator = event.on === 'wished' && event.want === 'up' && !event.paused
      this.#check(
        isOperator || (hasRun && (event.on === 'ended' || event.on === 'probed' || event.on === 'said')),
        `failures forgotten at ${event.on}`,
      )
    }
    if (
      after.phase.kind === 'cooling-down' &&
      before.phase.kind !== 'cooling-down' &&
      before.phase.kind !== 'looking'
    ) {
      this.#check(after.phase.until === event.at + respawn.coolDown, 'the cool-down is as long as it says')
    }
  }

  /** What is ended is the process that is known to be up, or was just found or started. */
  #endsWhatItKnows({ before, event, after }: Decision): void {
    for (const effect of after.effects) {
      if (effect.do !== 'end') continue
      const known =
        before.phase.kind === 'up'
          ? before.phase.main
          : event.on === 'started'
            ? event.main
            : event.on === 'observed' && event.as.kind === 'running'
              ? event.as.main
              : undefined
      const { phase } = after.state
      this.#check(known !== undefined && isSame(known, effect.main), 'an end is for the identity that was seen')
      this.#check(phase.kind === 'ending' && isSame(phase.main, effect.main), 'an end is for that of the phase')
    }
  }

  /** Every phase but "down" has an outcome on its way, or a deadline. */
  #awaitsSomething(state: Watched, under: UnderWay, policy: Policy): void {
    const { phase } = state
    const deadline = nextDeadline(state, policy)
    this.#check(deadline === undefined || Number.isFinite(deadline), 'a deadline is a moment')
    this.#check(under.respawn <= 1 && under.end <= 1 && under.respawn + under.end <= 1, 'one thing at a time')
    switch (phase.kind) {
      case 'looking':
        return this.#check(under.observe > 0, 'looking: a look is under way')
      case 'starting':
        return this.#check(under.respawn === 1, 'starting: a start is under way')
      case 'ending':
        return this.#check(under.end === 1, 'ending: an end is under way')
      case 'backing-off':
      case 'cooling-down':
      case 'unclear':
        return this.#check(deadline !== undefined, `${phase.kind}: has a deadline`)
      case 'up': {
        this.#check(isSame(under.awaited, phase.main), 'up: its end is awaited')
        const asked = under.probes.filter((main) => isSame(main, phase.main))
        this.#check(asked.length <= 1, 'up: probes do not pile up')
        return this.#check(phase.probeAt !== undefined || asked.length === 1, 'up: it is asked, or will be')
      }
      case 'down':
    }
  }

  /** "due" is nothing before its time, and something at its time. */
  #heedsItsDeadline(state: Watched, policy: Policy): void {
    const deadline = nextDeadline(state, policy)
    const early = step(state, { on: 'due', at: deadline === undefined ? Number.MAX_VALUE : deadline - 0.5 }, policy)
    this.#check(early.state === state && early.effects.length === 0, 'due, before its time')
    if (deadline === undefined) return
    const due = step(state, { on: 'due', at: deadline }, policy)
    this.#check(due.effects.length > 0, 'due, at its time')
    // Two things may be due at once: it is to say something, and it is to be asked.
    const next = step(due.state, { on: 'due', at: deadline }, policy)
    this.#check(nextDeadline(next.state, policy) !== deadline, 'due, and then not any more')
  }

  #tell({ before, event, after }: Decision): void {
    if (this.#story.length >= 400) this.#story.shift()
    this.#story.push(
      `${before.want}${before.paused ? ' paused' : ''} ${JSON.stringify(before.phase)} ${JSON.stringify(event)} → ${after.state.phase.kind}: ${kinds(after.effects)}`,
    )
  }

  #check(holds: boolean, promise: string): void {
    if (!holds) throw new Error(`broken: ${promise}\n${this.#story.slice(-12).join('\n')}`)
  }
}

const does = (effects: readonly Effect[], kind: Effect['do']): boolean => effects.some((effect) => effect.do === kind)

const isSame = (a: Identity | undefined, b: Identity): boolean => a?.pid === b.pid && a.startTime === b.startTime

/** A start that an operator or the definition asks for is not held back by the burst limit. */
function isAsked({ phase }: Watched, event: WatchEvent): boolean {
  switch (event.on) {
    case 'wished':
    case 'unwanted':
      return true
    case 'ended':
      return event.asked
    case 'end-done':
      return phase.kind === 'ending' && (phase.because === 'wished' || phase.because === 'too-old')
    case 'observed':
      return phase.kind === 'looking' && phase.before?.kind !== 'up'
    case 'due':
    case 'end-failed':
    case 'probed':
    case 'said':
    case 'start-failed':
    case 'started':
    case 'touched':
      return false
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}

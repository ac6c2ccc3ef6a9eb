import { err, type Result } from '../base/result.ts'
import { failure, type Failure } from '../base/failure.ts'
import type { Identity } from '../decide/identity.ts'
import { beginPattern, memoryOf, patternDeadline, patternVerdict, stepPattern } from '../decide/pattern/machine.ts'
import type { PatternEffect, PatternEvent, PatternState, Sight } from '../decide/pattern/state.ts'
import type { Telling } from '../decide/pattern/telling.ts'
import type { HeldLock } from '../host/host.ts'
import type { PatternHost } from '../host/pattern-host.ts'
import { lookForPattern } from './pattern-look.ts'
import type { PatternOrder } from './pattern-order.ts'
import { recover } from './pattern-recovery.ts'

export interface PatternOptions {
  /** End as soon as it is decided: for cron. */
  readonly once: boolean
  readonly tell: (what: Telling) => void
  /** Ends the watching; what is watched, and a recovery that is under way, live on. */
  readonly signal: AbortSignal
}

export type PatternEnd = 'matched' | 'stopped' | 'missing' | 'interrupted'

/** One watcher a pattern, whoever they are: two would run two recoveries. */
export async function lockPattern(host: PatternHost, order: PatternOrder): Promise<Result<HeldLock, Failure>> {
  const lock = await host.locks.acquire(order.key, `daemonctl watch --pattern ${order.criteria.pattern}`, 0, () => {})
  if (lock.ok || lock.error.reason !== 'busy') return lock
  return err(
    failure('busy', 'taking the lock', 'this pattern is being watched already', {
      details: [lock.error.message],
      remedy: 'one watcher is enough; end that one first',
    }),
  )
}

/** What a look finds, and nothing else. */
export const sightOf = (host: PatternHost, order: PatternOrder): Promise<Sight> =>
  lookForPattern(host, order, beginPattern(host.patterns.read(order.key)).state)

/** Watches a pattern until it is decided or ended: events in, decisions by decide/pattern/machine.ts, effects out. */
export async function watchPattern(
  host: PatternHost,
  order: PatternOrder,
  lock: HeldLock,
  options: PatternOptions,
): Promise<PatternEnd> {
  const watching = new PatternWatching(host, order, lock, options)
  return watching.run()
}

class PatternWatching {
  readonly #host: PatternHost
  readonly #order: PatternOrder
  readonly #lock: HeldLock
  readonly #options: PatternOptions
  readonly #events: PatternEvent[] = []
  #state: PatternState
  #wake: () => void = () => {}
  #awaited: { readonly main: Identity; readonly over: AbortController } | undefined
  #looking: 'not' | 'once' | 'again' = 'not'

  constructor(host: PatternHost, order: PatternOrder, lock: HeldLock, options: PatternOptions) {
    this.#host = host
    this.#order = order
    this.#lock = lock
    this.#options = options
    this.#state = beginPattern(undefined).state
  }

  async run(): Promise<PatternEnd> {
    const { signal, once } = this.#options
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    const begun = beginPattern(this.#host.patterns.read(this.#order.key))
    this.#state = begun.state
    this.#perform(begun.effects)
    try {
      for (;;) {
        if (signal.aborted) return 'interrupted'
        const verdict = once ? patternVerdict(this.#state) : undefined
        if (verdict !== undefined) return verdict
        const event = this.#events.shift() ?? (await this.#next())
        if (event !== undefined) this.#take(event)
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#awaited?.over.abort()
    }
  }

  /** Waits for an event, or for the one moment that the state waits for. */
  async #next(): Promise<PatternEvent | undefined> {
    const { clock } = this.#host
    const deadline = patternDeadline(this.#state)
    const over = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = () => {
        over.abort()
        resolve()
      }
    })
    if (deadline === undefined) await woken
    else await Promise.race([woken, clock.sleep(Math.max(0, deadline - clock.monotonic()), over.signal)])
    this.#wake = () => {}
    over.abort()
    return this.#events.shift() ?? (deadline === undefined ? undefined : { on: 'due', at: clock.monotonic() })
  }

  #take(event: PatternEvent): void {
    const { state, effects } = stepPattern(this.#state, event, this.#order.policy)
    this.#state = state
    this.#awaitEnd()
    this.#perform(effects)
  }

  #push(event: PatternEvent): void {
    this.#events.push(event)
    this.#wake()
  }

  /** The kernel tells when what matches has ended: until then we do nothing at all. */
  #awaitEnd(): void {
    const { phase } = this.#state
    const main = phase.kind === 'matched' ? phase.match.main : undefined
    const before = this.#awaited
    if (before?.main === main) return
    before?.over.abort()
    this.#awaited = undefined
    if (main === undefined) return
    const over = new AbortController()
    this.#awaited = { main, over }
    void this.#host.signaller.ended(main, over.signal).then((exit) => {
      if (exit !== undefined) this.#push({ on: 'ended', at: this.#host.clock.monotonic(), main, exit })
    })
  }

  #perform(effects: readonly PatternEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'look':
          void this.#look()
          break
        case 'recover':
          void this.#recover()
          break
        case 'tell':
          this.#options.tell(effect.what)
          break
        case 'remember':
          // Not to be able to is no reason not to watch: only another watcher would not know.
          this.#host.patterns.write(this.#order.key, memoryOf(this.#state))
          break
      }
    }
  }

  /** One look at a time; what is asked for meanwhile is done afterwards. */
  async #look(): Promise<void> {
    if (this.#looking !== 'not') {
      this.#looking = 'again'
      return
    }
    do {
      this.#looking = 'once'
      const sight = await lookForPattern(this.#host, this.#order, this.#state)
      this.#push({ on: 'looked', at: this.#host.clock.monotonic(), sight })
    } while (this.#asksAgain())
    this.#looking = 'not'
  }

  #asksAgain(): boolean {
    return this.#looking === 'again'
  }

  async #recover(): Promise<void> {
    const outcome = await recover(this.#host, this.#order, this.#lock, this.#options.signal)
    this.#push({ on: 'recovered', at: this.#host.clock.monotonic(), outcome })
  }
}

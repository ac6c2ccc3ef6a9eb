import type { Milliseconds } from '../base/duration.ts'
import type { Clock } from '../host/host.ts'

/** Node's timers overflow after 24.8 days: a farther deadline is looked at again. */
const FARTHEST: Milliseconds = 60 * 60_000

export interface Awaiting {
  deadline(): Milliseconds | undefined
  due(at: Milliseconds): void
}

/**
 * One timer for the nearest deadline of all. Deadlines are derived, not set: one that has gone meanwhile costs a
 * look, and can do no harm.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #all: () => Iterable<Awaiting>
  #armed: { readonly at: Milliseconds; readonly over: AbortController } | undefined

  constructor(clock: Clock, all: () => Iterable<Awaiting>) {
    this.#clock = clock
    this.#all = all
  }

  /** Its deadline may be another now. */
  consider(one: Awaiting): void {
    const at = one.deadline()
    if (at !== undefined) this.#arm(at)
  }

  close(): void {
    this.#armed?.over.abort()
    this.#armed = undefined
  }

  #arm(at: Milliseconds): void {
    if (this.#armed !== undefined && this.#armed.at <= at) return
    this.#armed?.over.abort()
    const over = new AbortController()
    this.#armed = { at, over }
    const left = Math.min(Math.max(0, at - this.#clock.monotonic()), FARTHEST)
    void this.#clock.sleep(left, over.signal).then(() => {
      if (!over.signal.aborted) this.#look()
    })
  }

  #look(): void {
    this.#armed = undefined
    const at = this.#clock.monotonic()
    for (const one of this.#all()) {
      const deadline = one.deadline()
      if (deadline !== undefined && deadline <= at) one.due(at)
      this.consider(one)
    }
  }
}

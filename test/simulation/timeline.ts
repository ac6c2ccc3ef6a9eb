import type { Milliseconds } from '../../src/base/duration.ts'
import type { Random } from './random.ts'

interface Happening {
  readonly at: Milliseconds
  /** Decides between what happens in the same millisecond. */
  readonly lot: number
  readonly run: () => void
}

/** Virtual time: it goes on when something is due, and never waits. */
export class Timeline {
  now: Milliseconds = 100_000
  readonly #random: Random
  readonly #due: Happening[] = []

  constructor(random: Random) {
    this.#random = random
  }

  /** Gives what calls it off. */
  after(span: Milliseconds, run: () => void): () => void {
    const happening = { at: this.now + Math.max(0, span), lot: this.#random.next(), run }
    let index = this.#due.length
    while (index > 0 && isLater(this.#due[index - 1], happening)) index -= 1
    this.#due.splice(index, 0, happening)
    return () => {
      const at = this.#due.indexOf(happening)
      if (at >= 0) this.#due.splice(at, 1)
    }
  }

  /** Lets the next thing happen; false: nothing is due any more. */
  step(): boolean {
    const next = this.#due.shift()
    if (next === undefined) return false
    this.now = Math.max(this.now, next.at)
    next.run()
    return true
  }

  /** Lets everything happen that is due within the time. */
  pass(span: Milliseconds): void {
    const until = this.now + span
    while ((this.#due[0]?.at ?? Infinity) <= until) this.step()
    this.now = until
  }
}

const isLater = (one: Happening | undefined, other: Happening): boolean =>
  one !== undefined && (one.at > other.at || (one.at === other.at && one.lot > other.lot))

/** Lets every promise that can go on do so: one turn of the event loop, no time. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

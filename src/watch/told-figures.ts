import type { Milliseconds } from '../base/duration.ts'
import type { Result } from '../base/result.ts'
import { isSameProcess, type Identity } from '../decide/identity.ts'
import type { Figures } from '../decide/metrics/parse.ts'
import type { Clock } from '../host/host.ts'
import { inParallel } from '../operations/in-parallel.ts'
import type { Subject } from '../operations/run.ts'

/** Who is asked, and which process it is now. */
export interface Asked {
  readonly subject: Subject
  readonly main: Identity
}

/** How many daemons are asked at once. */
const AT_ONCE = 64
/** So long a look waits for answers: who takes longer is heard at the next one. */
const PATIENCE: Milliseconds = 250

interface Told {
  readonly main: Identity
  askedAt: Milliseconds
  asking: boolean
  answer: Result<Figures, string> | undefined
}

/** What daemons tell of themselves, each asked not more often than its definition says: `metrics.interval`. */
export class ToldFigures {
  readonly #clock: Clock
  readonly #ask: (subject: Subject) => Promise<Result<Figures, string> | undefined>
  readonly #told = new Map<string, Told>()

  constructor(clock: Clock, ask: (subject: Subject) => Promise<Result<Figures, string> | undefined>) {
    this.#clock = clock
    this.#ask = ask
  }

  /** Asks those that are due, and forgets who is not among `asked`. */
  async refresh(asked: readonly Asked[]): Promise<void> {
    const keys = new Set(asked.map(({ subject }) => subject.key))
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key)
    const due = asked.filter((one) => this.#isDue(one))
    if (due.length === 0) return
    const over = new AbortController()
    const answers = inParallel(due, AT_ONCE, (one) => this.#hear(one))
    await Promise.race([answers, this.#clock.sleep(PATIENCE, over.signal)])
    over.abort()
  }

  /** undefined: it has not answered yet. */
  of(key: string): Result<Figures, string> | undefined {
    return this.#told.get(key)?.answer
  }

  #isDue({ subject, main }: Asked): boolean {
    const told = this.#told.get(subject.key)
    // Its successor has figures of its own.
    if (told === undefined || !isSameProcess(told.main, main)) return true
    const interval = subject.definition.metrics?.interval ?? 0
    return !told.asking && this.#clock.monotonic() - told.askedAt >= interval
  }

  async #hear({ subject, main }: Asked): Promise<void> {
    const before = this.#told.get(subject.key)
    const told: Told =
      before !== undefined && isSameProcess(before.main, main)
        ? before
        : { main, askedAt: 0, asking: false, answer: undefined }
    this.#told.set(subject.key, told)
    told.asking = true
    told.askedAt = this.#clock.monotonic()
    try {
      told.answer = await this.#ask(subject)
    } catch (error) {
      told.answer = { ok: false, error: String(error) }
    }
    told.asking = false
  }
}

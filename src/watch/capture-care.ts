import type { Milliseconds } from '../base/duration.ts'
import type { CapturedStream, Host } from '../host/host.ts'

/** A reader whose keeper was killed lives on, and nobody tells of its end. */
const LOOK: Milliseconds = 2_000
/** Whoever kills keepers again and again does not keep us busy. */
const PAUSE: Milliseconds = 100

export interface CaptureCareOptions {
  readonly host: Host
  readonly key: string
  warn(text: string): void
}

/**
 * Sees to it that the output of a captured daemon is read until nobody writes to it any more: the end of a keeper is an
 * event, and where its reader was killed with it, both are begun anew. Meanwhile the pipes are held here as well, so
 * that nothing that is in them is lost.
 */
export class CaptureCare {
  readonly #options: CaptureCareOptions
  readonly #over = new AbortController()

  constructor(options: CaptureCareOptions) {
    this.#options = options
  }

  async go(): Promise<void> {
    const { host, key } = this.#options
    // After whatever is to be done at once.
    await host.clock.sleep(0)
    const held = host.captures.hold(key)
    const over = this.#over.signal
    while (!over.aborted) {
      const streams = this.#revive()
      if (streams.every(({ is }) => is === 'over')) break
      await this.#change(streams)
      await host.clock.sleep(PAUSE, over)
    }
    held.close()
  }

  close(): void {
    this.#over.abort()
  }

  #revive(): readonly CapturedStream[] {
    const { host, key, warn } = this.#options
    const revived = host.captures.revive(key, { passOn: true })
    if (!revived.ok) {
      warn(revived.error.message)
      return []
    }
    for (const { is, stream } of revived.value) {
      if (is === 'unread') warn(`nobody read its ${stream} any more: a reader was begun`)
    }
    return revived.value
  }

  /** Resolves when a keeper has ended, or it is time to look. */
  async #change(streams: readonly CapturedStream[]): Promise<void> {
    const { host } = this.#options
    const enough = new AbortController()
    const signal = AbortSignal.any([this.#over.signal, enough.signal])
    const keepers = streams.flatMap(({ keeper }) => (keeper === undefined ? [] : [keeper]))
    const events: Promise<unknown>[] = keepers.map((keeper) => host.signaller.ended(keeper, signal))
    if (keepers.length < streams.length) events.push(host.clock.sleep(LOOK, signal))
    await Promise.race(events)
    enough.abort()
  }
}

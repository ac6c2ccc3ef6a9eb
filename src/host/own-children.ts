import type { Identity } from '../decide/identity.ts'
import type { Exit } from './host.ts'

/** How long the exit of a child is kept for whoever asks late. */
const KEPT = 5_000

/**
 * The children of this process and how they end. Node takes their status from the kernel as soon as they die, so
 * whoever awaits the end of one by another way must ask here for it.
 */
export class OwnChildren {
  readonly #exits = new Map<number, { readonly startTime: number; readonly exited: Promise<Exit> }>()

  add(identity: Identity, exited: Promise<Exit>): void {
    const entry = { startTime: identity.startTime, exited }
    this.#exits.set(identity.pid, entry)
    void exited.then(() => {
      setTimeout(() => {
        if (this.#exits.get(identity.pid) === entry) this.#exits.delete(identity.pid)
      }, KEPT).unref()
    })
  }

  has(pid: number): boolean {
    return this.#exits.has(pid)
  }

  /** undefined: it is, or was, no child of ours. */
  exitOf(identity: Identity): Promise<Exit> | undefined {
    const entry = this.#exits.get(identity.pid)
    return entry?.startTime === identity.startTime ? entry.exited : undefined
  }
}

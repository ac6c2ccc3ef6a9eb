import type { Milliseconds } from '../base/duration.ts'
import { isSameProcess, type Identity } from '../decide/identity.ts'
import type { Notification } from '../decide/watch/notification.ts'
import type { Word } from '../decide/watch/state.ts'
import type { NotifyEar, WatchHost } from '../host/watch-host.ts'
import { followSaid } from '../operations/follow-said.ts'
import type { Progress, Subject } from '../operations/run.ts'

/** A start hears its daemon itself until it is ready, and has the daemon's lock until then. */
const LOCK_WITHIN: Milliseconds = 10 * 60_000

export interface HearingOptions {
  readonly world: WatchHost
  readonly subject: Subject
  readonly main: Identity
  readonly progress: Progress
  said(word: Word): void
}

/** Hears what one process of a daemon says of itself for as long as it runs. sd_notify(3) */
export class Hearing {
  /** What it last said that it does: STATUS=. Untrusted. */
  status: string | undefined
  readonly #options: HearingOptions
  #ear: NotifyEar | undefined
  #closed = false
  #following: Promise<void> | undefined
  #followed = false

  constructor(options: HearingOptions) {
    this.#options = options
  }

  /** Only of a process that was told where to speak. */
  async begin(): Promise<void> {
    const { world, subject, main, progress, said } = this.#options
    const { definition, key } = subject
    const { host } = world
    const lock = await host.locks.acquire(key, `daemonctl watch ${definition.name}`, LOCK_WITHIN, () => {})
    if (!lock.ok) return progress.warn(lock.error.message)
    try {
      if (this.#closed) return
      const record = host.records.read(key)
      if (record.kind !== 'read' || record.record.pings !== true || !isSameProcess(record.record.main, main)) {
        return progress.warn('it was not told to say WATCHDOG=1: that is heeded from its next start on')
      }
      const ear = host.ears.open(key, { uid: record.record.uid, pid: main.pid }, (what) => this.#heard(what))
      if (!ear.ok) return progress.warn(`it cannot be heard: ${ear.error.message}`)
      this.#ear = ear.value
    } finally {
      lock.value.release()
    }
    said({ kind: 'listening' })
  }

  /** Hears now what has been said already. */
  listen(): void {
    this.#ear?.listen()
  }

  /** Whether it has said until now that another process goes on in its place, and that is written down. */
  async hasSuccessor(): Promise<boolean> {
    this.listen()
    await this.#following
    return this.#followed
  }

  close(): void {
    this.#closed = true
    this.#ear?.close()
  }

  #heard({ mainPid, status, words }: Notification): void {
    this.status = status ?? this.status
    const { world, subject, main, progress, said } = this.#options
    if (mainPid !== undefined && mainPid !== main.pid) {
      const before = this.#following ?? Promise.resolve()
      this.#following = before
        .then(() => followSaid(world.host, subject, main, mainPid))
        .then((why) => {
          if (why === undefined) this.#followed = true
          else progress.warn(why)
        })
        .catch((error: unknown) => progress.warn(String(error)))
    }
    for (const word of words) if (!this.#closed) said(word)
  }
}

import { formatSize } from '../base/size.ts'
import type { Milliseconds } from '../base/duration.ts'
import type { Level } from '../decide/watch/telling.ts'
import type { Host } from '../host/host.ts'
import { rotateIfDue, type Rotation } from '../logs/rotate.ts'
import type { Subject } from '../operations/run.ts'

/** A log that grows by 100 MB a second has grown by half a gigabyte then. A look costs two calls to the kernel. */
const EVERY: Milliseconds = 5_000

export interface LogRoundsOptions {
  readonly host: Host
  /** Every daemon that is watched. */
  subjects(): readonly Subject[]
  tell(subject: Subject, level: Level, message: string): void
}

/**
 * Rotates the logs that are due, one daemon after the other: two copies at once would keep the disk busy. Where no
 * definition bounds a log, nothing is ever looked at.
 */
export class LogRounds {
  readonly #options: LogRoundsOptions
  readonly #over = new AbortController()
  /** What was told last of a log: the same complaint is not repeated at every look. */
  readonly #told = new Map<string, string>()

  constructor(options: LogRoundsOptions) {
    this.#options = options
  }

  async go(): Promise<void> {
    const { host, subjects } = this.#options
    while (!this.#over.signal.aborted) {
      for (const subject of subjects().filter(isBounded)) {
        if (this.#over.signal.aborted) return
        for (const rotation of await rotateIfDue(host, subject)) this.#tell(subject, rotation)
      }
      await host.clock.sleep(EVERY, this.#over.signal)
    }
  }

  close(): void {
    this.#over.abort()
  }

  #tell(subject: Subject, { path, result, method, bytes, warnings, failure }: Rotation): void {
    const { tell } = this.#options
    if (result === 'rotated') {
      this.#told.delete(path)
      tell(subject, 'info', `${path} was rotated: ${formatSize(bytes)}${method === undefined ? '' : ` by ${method}`}`)
    }
    const complaint = failure === undefined ? warnings.join('; ') : `${path} cannot be rotated: ${failure.message}`
    if (complaint === '' || this.#told.get(path) === complaint) return
    this.#told.set(path, complaint)
    tell(subject, failure === undefined ? 'warn' : 'error', complaint)
  }
}

const isBounded = ({ definition: { log } }: Subject): boolean => log.maxSize !== undefined || log.maxAge !== undefined

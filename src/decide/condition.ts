import type { Identity } from './identity.ts'
import type { ProcessDetail, ProcessFacts } from './process-facts.ts'

/**
 * What an observation means. Exactly one of:
 *
 *   condition  pidfile says               process is                                LSB status
 *   ---------  -------------------------  ----------------------------------------  ----------
 *   running    its PID, or nothing        proven to be the daemon                   0
 *   stopped    nothing                    gone                                      3 (2: lock file left)
 *   stale      a PID, or is empty         dead or a zombie                          1
 *   foreign    a PID                      alive, and proven not to be the daemon    1
 *   unknown    garbage, or is hidden      cannot be told                            4
 *
 */
export type Condition = Running | Stopped | Stale | Foreign | Unknown

/** What is left of a daemon whose main process is dead. */
export interface Leftovers {
  /** Proven to be of the daemon. */
  readonly processes: readonly ProcessFacts[]
  /** They are of a start that was never finished (daemonctl was killed): not the work of a daemon that once ran. */
  readonly ofUnfinishedStart: boolean
}

export interface Running {
  readonly kind: 'running'
  readonly main: Identity
  readonly process: ProcessDetail
  /** By what it was recognised: the record's identity, or the pidfile and what goes with it. */
  readonly proof: 'record' | 'pidfile'
  /** A stop began to end it and was never finished: it may die any moment. */
  readonly ending: boolean
  /** What is odd but does not matter to the proof, in sentences. */
  readonly notes: readonly string[]
}

export interface Stopped {
  readonly kind: 'stopped'
  /** The subsystem lock of an init script is still there: status 2. */
  readonly lockFile: boolean
  /** A record is still there, although nothing that it speaks of lives: a stop or a start was cut short. */
  readonly record: boolean
  readonly leftovers: Leftovers
}

export interface Stale {
  readonly kind: 'stale'
  readonly pid: number | undefined
  readonly why: string
  readonly leftovers: Leftovers
}

export interface Foreign {
  readonly kind: 'foreign'
  readonly pid: number
  readonly why: string
  readonly leftovers: Leftovers
}

export interface Unknown {
  readonly kind: 'unknown'
  /**
   * garbage: the pidfile holds no PID, so that nothing is lost when it is replaced;
   * unclear: something lives that may be the daemon, or we may not look.
   */
  readonly matter: 'garbage' | 'unclear'
  readonly why: string
  readonly remedy: string
  readonly leftovers: Leftovers
}

/** LSB, "status" (iniscrptact). */
export function statusOf(condition: Condition): 0 | 1 | 2 | 3 | 4 {
  switch (condition.kind) {
    case 'running':
      return 0
    case 'stale':
    case 'foreign':
      return 1
    case 'stopped':
      return condition.lockFile ? 2 : 3
    case 'unknown':
      return 4
  }
}

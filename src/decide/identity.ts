import type { ProcessFacts } from './process-facts.ts'

/**
 * Names one process for ever: a PID is reused, a PID with its start time within one boot is not.
 * The start time is that of proc_pid_stat(5), field 22, in clock ticks since the boot.
 */
export interface Identity {
  readonly bootId: string
  readonly pid: number
  readonly startTime: number
}

export const identityOf = (facts: ProcessFacts, bootId: string): Identity => ({
  bootId,
  pid: facts.pid,
  startTime: facts.startTime,
})

/** Whether the process that now has the PID of an identity is still that very process, and not its remains. */
export function isAlive(identity: Identity, now: ProcessFacts | undefined, bootId: string): boolean {
  return (
    now !== undefined &&
    identity.bootId === bootId &&
    identity.pid === now.pid &&
    identity.startTime === now.startTime &&
    !isDead(now)
  )
}

export const isSameProcess = (a: Identity, b: Identity): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId

/** A zombie has ended: only its parent has not asked for its status yet. */
export const isDead = (facts: ProcessFacts): boolean => facts.state === 'Z' || facts.state === 'X'

/** Stopped by a signal or a debugger: alive, but deaf to everything but CONT and KILL. */
export const isSuspended = (facts: ProcessFacts): boolean => facts.state === 'T' || facts.state === 't'

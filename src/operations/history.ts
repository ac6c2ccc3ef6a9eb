import type { Outcome } from './act.ts'
import type { Run } from './run.ts'
import { describeExit } from '../decide/exit.ts'

/** One line of history: who did what to the daemon, when, with what result, and how it ended if it did. */
export function writeHistory(run: Run, outcome: Outcome): void {
  const { host, subject } = run
  // The watcher came after somebody who had done it already: there is nothing to tell.
  if (outcome.result === 'nothing' && (outcome.verb === 'respawn' || outcome.verb === 'end')) return
  host.history.append(subject.key, {
    version: 1,
    at: host.clock.now(),
    name: outcome.name,
    verb: outcome.verb,
    result: outcome.result,
    pid: outcome.pid,
    exit: run.exit ?? run.launched?.exit,
    outOfMemory: run.outOfMemory,
    message: messageOf(run, outcome),
    took: Math.round(outcome.took),
    by: host.history.actor(),
  })
}

function messageOf(run: Run, { failure, why, rolledBack }: Outcome): string {
  if (failure !== undefined) return `${failure.message} (${failure.stage})${rolledBack ? ', rolled back' : ''}`
  return why ?? (run.exit === undefined ? '' : `it ${describeExit(run.exit)}`)
}

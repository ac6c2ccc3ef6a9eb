import type { Telling } from '../decide/watch/telling.ts'
import { levelOf, nextText, sentence } from '../decide/watch/telling.ts'
import type { Host } from '../host/host.ts'
import type { Subject } from '../operations/run.ts'

/** The chain of deaths and decisions in the daemon's history; starts and stops write their own entries. */
export function tellHistory(host: Host, { key, definition }: Subject, what: Telling): void {
  if (what.kind === 'started' || what.kind === 'warned') return
  const pid = 'pid' in what ? what.pid : undefined
  host.history.append(key, {
    version: 1,
    at: host.clock.now(),
    name: definition.name,
    verb: 'watch',
    result: levelOf(what) === 'error' ? 'failed' : 'done',
    pid,
    exit: what.kind === 'ended' ? what.exit : undefined,
    outOfMemory: what.kind === 'ended' && what.cause === 'out-of-memory',
    // Why it did not start, the start has written itself.
    message: what.kind === 'start-failed' ? nextText(what.next) : sentence(what),
    took: 0,
    by: host.history.actor(),
  })
}

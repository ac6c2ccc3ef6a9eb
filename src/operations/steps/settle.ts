import type { Milliseconds } from '../../base/duration.ts'
import { err, ok } from '../../base/result.ts'
import { isAlive } from '../../decide/identity.ts'
import { hasSettled, type Liveliness } from '../../decide/settling.ts'
import type { Run, StepOutcome } from '../run.ts'
import { diedEarly, startedBadly } from './started-badly.ts'

/** How often a starting daemon is looked at: its death is an event, its quiet is not. */
const LOOK_EVERY: Milliseconds = 10
const LOOKS_WHILE_QUIET = 4

/** Waits until the daemon has lived quietly for a while, or has died of whatever keeps it from starting. */
export async function settle(run: Run, quiet: Milliseconds): Promise<StepOutcome> {
  const { host, launched, main } = run
  if (main === undefined) return ok(undefined)
  const died = new AbortController()
  void launched?.gated.exited.then(() => died.abort())
  const history: Liveliness[] = []
  for (;;) {
    const own = launched?.gated.identity.pid === main.pid
    if (own && launched.exit !== undefined) return err(diedEarly(run, launched.exit))
    const reading = host.processes.read(main.pid, main.startTime)
    if (reading.kind !== 'seen' || !isAlive(main, reading.process, host.processes.bootId())) {
      if (own) return err(diedEarly(run, await launched.gated.exited))
      return err(startedBadly(run, 'settling', `its main process (pid ${main.pid}) ended at once`))
    }
    const now = host.processes.liveliness(main.pid)
    if (now !== undefined) history.push(now)
    if (hasSettled(history, quiet)) return ok(undefined)
    const pause = history.at(-1)?.waiting === true ? Math.max(LOOK_EVERY, quiet / LOOKS_WHILE_QUIET) : LOOK_EVERY
    await host.clock.sleep(pause, own ? died.signal : undefined)
  }
}

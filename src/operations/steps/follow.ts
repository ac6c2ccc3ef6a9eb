import type { Milliseconds } from '../../base/duration.ts'
import { err, ok } from '../../base/result.ts'
import { isAlive, isDead } from '../../decide/identity.ts'
import { membersOfRun } from '../members.ts'
import { observe } from '../observe.ts'
import type { Run, StepOutcome } from '../run.ts'
import { waitFor } from '../wait.ts'
import { noteMain } from './note-main.ts'
import { startedBadly } from './started-badly.ts'

/** A daemon that replaces itself does so right after the signal; if its main process lives on so long, it stays. */
const REPLACES_WITHIN: Milliseconds = 100

/** MAINPID= : believed of a process of its own. */
async function followTold(run: Run): Promise<StepOutcome | undefined> {
  run.hearing?.listen()
  const pid = run.hearing?.mainPid()
  if (pid === undefined || pid === run.main?.pid) return undefined
  const reading = run.host.processes.read(pid)
  const { others } = await membersOfRun(run)
  if (reading.kind !== 'seen' || isDead(reading.process) || !others.some((process) => process.pid === pid)) {
    run.progress.warn(`it says that its main PID is ${pid}, which is not a process of its own`)
    return undefined
  }
  return noteMain(run, reading.process, { writePidfile: true })
}

/**
 * Finds out who the main process is after a reload: the same, or (php-fpm after USR2, programs that execute
 * themselves anew) another one, which the pidfile names. If neither lives, the reload has ended the daemon.
 */
export async function follow(run: Run, path: string, within: Milliseconds): Promise<StepOutcome> {
  const { host, subject } = run
  const before = run.main
  if (before === undefined) return ok(undefined)
  await waitFor(run, 'the reload', REPLACES_WITHIN, (signal) => [host.signaller.ended(before, signal)])
  const deadline = host.clock.monotonic() + within
  const told = await followTold(run)
  if (told !== undefined) return told
  for (;;) {
    const { condition } = await observe(host, subject)
    if (condition.kind === 'running') {
      const { process, main } = condition
      // Started by somebody else, or under another PID now: from here on its identity is on record.
      if (run.record === undefined || main.pid !== before.pid) return noteMain(run, process, { writePidfile: false })
      return ok(undefined)
    }
    const left = deadline - host.clock.monotonic()
    const reading = host.processes.read(before.pid)
    const alive = reading.kind === 'seen' && isAlive(before, reading.process, host.processes.bootId())
    if (alive) return ok(undefined)
    if (left <= 0) break
    await waitFor(run, `the new main PID in ${path}`, Math.min(left, 100), (signal) => [
      host.pidfiles.changed(path, signal),
    ])
  }
  return err(startedBadly(run, 'reloading', 'it ended on the reload', 'look at its log, then start it again'))
}

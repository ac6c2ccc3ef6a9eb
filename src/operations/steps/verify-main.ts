import { err, ok } from '../../base/result.ts'
import { isAlive } from '../../decide/identity.ts'
import type { Run, StepOutcome } from '../run.ts'
import { noteMain } from './note-main.ts'
import { diedEarly, startedBadly } from './started-badly.ts'

/** The daemon has started: is it still there, is it who it should be, and what does it execute? That goes on record. */
export async function verifyMain(run: Run): Promise<StepOutcome> {
  const { host, main, launched } = run
  if (main === undefined) return ok(undefined)
  const reading = host.processes.read(main.pid)
  if (reading.kind !== 'seen' || !isAlive(main, reading.process, host.processes.bootId())) {
    return err(
      launched !== undefined && launched.gated.identity.pid === main.pid
        ? diedEarly(run, await launched.gated.exited)
        : startedBadly(run, 'settling', `its main process (pid ${main.pid}) ended at once`),
    )
  }
  if (launched === undefined) return ok(undefined)
  const { credentials, gated } = launched
  const own = gated.identity.pid === main.pid
  const misfit = own && credentials !== undefined ? host.spawner.misfit(main.pid, credentials) : undefined
  if (misfit !== undefined) return err(startedBadly(run, 'setting user', misfit))
  const { record } = run
  const isWritten = record?.cgroup === gated.cgroup && record?.phase === 'running'
  return isWritten && record?.executable === reading.process.executable
    ? ok(undefined)
    : noteMain(run, reading.process, { writePidfile: false })
}

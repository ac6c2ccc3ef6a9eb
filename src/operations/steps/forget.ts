import { ok } from '../../base/result.ts'
import { isDead } from '../../decide/identity.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { Run, StepOutcome } from '../run.ts'
import { survivors } from './end.ts'

/** Removes what speaks of a daemon, once it is certain that nothing of it is left. */
export async function forget(run: Run, step: Extract<Step, { do: 'forget' }>): Promise<StepOutcome> {
  const alive = await survivors(run)
  if (!alive.ok) return alive
  const { host, subject } = run
  // It is not on record where the daemon has ended, or we have, before all of it was in there.
  const cgroup = run.record?.cgroup ?? host.cgroups.placeOf(subject.key)
  if (cgroup !== undefined) {
    run.outOfMemory ||= host.cgroups.outOfMemoryKills(cgroup) > 0
    host.cgroups.remove(cgroup)
  }
  removePidfile(run, step.pidfile)
  if (step.lockFile !== undefined) host.files.remove(step.lockFile)
  host.records.remove(subject.key)
  // Whoever is started next under this name is heard anew.
  run.hearing?.close()
  delete run.hearing
  run.main = undefined
  run.record = undefined
  return ok(undefined)
}

/**
 * Not if somebody else has started something under it meanwhile. A process that is older than what we launched was
 * not: then the launched program has written nonsense, which would be believed the next time. Nor was one that took
 * the very PID of the daemon after the pidfile was written.
 */
function removePidfile({ host, progress, launched, record }: Run, path: string): void {
  const pidfile = host.pidfiles.read(path)
  if (pidfile.kind === 'read' && pidfile.content.kind === 'pid') {
    const reading = host.processes.read(pidfile.content.pid)
    const since = launched?.gated.identity.startTime ?? 0
    const reused =
      reading.kind === 'seen' &&
      reading.process.pid === record?.main.pid &&
      reading.process.startTime !== record.main.startTime &&
      reading.process.startedAt >= pidfile.writtenAt
    if (
      reading.kind === 'hidden' ||
      (reading.kind === 'seen' && !isDead(reading.process) && reading.process.startTime >= since && !reused)
    ) {
      progress.warn(`${path} now names pid ${pidfile.content.pid}, which was started meanwhile: it is left alone`)
      return
    }
  }
  host.pidfiles.remove(path, pidfile)
}

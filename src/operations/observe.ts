import { isAlive, isDead } from '../decide/identity.ts'
import { judge } from '../decide/judge.ts'
import type { Condition } from '../decide/condition.ts'
import type { Observation } from '../decide/observation.ts'
import type { ProcessFacts, ProcessReading } from '../decide/process-facts.ts'
import type { DaemonRecord } from '../decide/record.ts'
import type { Host } from '../host/host.ts'
import { membersNow } from './members.ts'
import type { Subject } from './run.ts'

const NONE: ProcessReading = { kind: 'none' }

/** Gathers the facts about one daemon and judges them. Changes nothing, and may be done by anybody. */
export async function observe(
  host: Host,
  subject: Subject,
): Promise<{ observation: Observation; condition: Condition }> {
  const { processes } = host
  const { definition, key, expected } = subject
  const pidfile = host.pidfiles.read(definition.pidfile)
  const record = host.records.read(key)
  const pid = pidfile.kind === 'read' && pidfile.content.kind === 'pid' ? pidfile.content.pid : undefined
  const recordedPid = record.kind === 'read' ? record.record.main.pid : undefined
  const pidfileProcess = pid === undefined ? NONE : processes.read(pid)
  const recordProcess =
    recordedPid === undefined ? NONE : recordedPid === pid ? pidfileProcess : processes.read(recordedPid)

  const recordedLives =
    record.kind === 'read' &&
    recordProcess.kind === 'seen' &&
    isAlive(record.record.main, recordProcess.process, processes.bootId())
  // Only where it matters: looking at every process takes longer than all the rest.
  const disagree = pid !== recordedPid && pidfileProcess.kind === 'seen' && !isDead(pidfileProcess.process)
  const members =
    record.kind !== 'read' || record.record.main.bootId !== processes.bootId()
      ? []
      : record.record.phase === 'launching'
        ? await everythingOf(host, record.record)
        : !recordedLives
          ? (await membersNow(host, undefined, record.record)).others
          : disagree
            ? (await membersNow(host, record.record.main, record.record)).others
            : []
  const observation: Observation = {
    at: host.clock.now(),
    bootId: processes.bootId(),
    bootedAt: processes.bootedAt(),
    self: processes.self(),
    pidfile,
    pidfileProcess,
    record,
    recordProcess,
    members,
    lockFile: definition.lockFile !== undefined && host.files.exists(definition.lockFile),
  }
  return { observation, condition: judge(observation, expected) }
}

/** Of an unfinished start: the launcher and all that it made. */
async function everythingOf(host: Host, record: DaemonRecord): Promise<readonly ProcessFacts[]> {
  const { main, others } = await membersNow(host, record.main, record)
  return main === undefined ? others : [main, ...others]
}

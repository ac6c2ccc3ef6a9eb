import { isAlive, isDead } from '../decide/identity.ts'
import { judge } from '../decide/judge.ts'
import type { Condition } from '../decide/condition.ts'
import type { Expectation, Observation } from '../decide/observation.ts'
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
  const { definition, key } = subject
  const record = host.records.read(key)
  const known = record.kind === 'read' ? record.record.pidfileStamp : undefined
  const pidfile = host.pidfiles.read(
    definition.pidfile,
    record.kind === 'read' && known !== undefined ? { stamp: known, pid: record.record.main.pid } : undefined,
  )
  const pid = pidfile.kind === 'read' && pidfile.content.kind === 'pid' ? pidfile.content.pid : undefined
  const recordedPid = record.kind === 'read' ? record.record.main.pid : undefined
  const recordedStart = record.kind === 'read' ? record.record.main.startTime : undefined
  const recordProcess = recordedPid === undefined ? NONE : processes.read(recordedPid, recordedStart)
  const pidfileProcess = pid === undefined ? NONE : pid === recordedPid ? recordProcess : processes.read(pid)

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
  return {
    observation,
    condition: judge(
      observation,
      subject.demanding || needsConvincing(observation) ? subject.expected() : NOTHING_EXPECTED,
    ),
  }
}

const NOTHING_EXPECTED: Expectation = {
  executable: undefined,
  likelyExecutable: undefined,
  uid: undefined,
  demanded: false,
}

/** Only the process of a pidfile is compared with what is expected; a record's identity says all by itself. */
function needsConvincing({ bootId, pidfile, pidfileProcess, record }: Observation): boolean {
  const speaks = record.kind === 'read' && record.record.phase !== 'launching' && record.record.main.bootId === bootId
  const recorded = speaks ? record.record.main.pid : undefined
  return pidfileProcess.kind === 'seen' && !(pidfile.kind === 'read' && pidfileProcess.process.pid === recorded)
}

/** Of an unfinished start: the launcher and all that it made. */
async function everythingOf(host: Host, record: DaemonRecord): Promise<readonly ProcessFacts[]> {
  const { main, others } = await membersNow(host, record.main, record)
  return main === undefined ? others : [main, ...others]
}

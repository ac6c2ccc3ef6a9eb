import type { Condition, Foreign, Leftovers, Running, Stale, Unknown } from './condition.ts'
import { identityOf, isAlive, isDead } from './identity.ts'
import type { Expectation, Observation } from './observation.ts'
import type { PidfileRead } from './pidfile.ts'
import type { EpochMilliseconds, ProcessDetail } from './process-facts.ts'
import type { DaemonRecord } from './record.ts'

/**
 * A process's start has a grain of 10 ms and a file's time one of a timer tick: a daemon that writes its
 * pidfile at once may seem younger than it by so much. Anything more is an impostor.
 */
const CLOCK_GRAIN: EpochMilliseconds = 50

/**
 * Who is the daemon? The record's identity answers for certain; without one the pidfile must convince:
 *
 *   1. the record's process lives: it is the daemon, whatever the pidfile says
 *      (unless the pidfile was rewritten since by a process of the daemon itself: its new main process);
 *   2. the pidfile's process has the PID of the record but another start time: foreign;
 *   3. the pidfile's process is younger than the pidfile, or executes another file, or is another user's: foreign;
 *   4. the pidfile was rewritten since the record, and names a process that is not of the daemon and executes neither
 *      what its main process did nor what its definition says: unknown;
 *   5. the pidfile could have been written by others, and nothing else speaks for the process: unknown.
 *
 * Not sure is `unknown`, and nothing signals an unknown process.
 */
export function judge(observation: Observation, expected: Expectation): Condition {
  const recorded = recordedProcess(observation)
  if (recorded !== undefined) return judgeBesideRecorded(observation, recorded, expected)

  const { pidfile } = observation
  const leftovers = leftoversOf(observation)
  switch (pidfile.kind) {
    case 'absent':
      return {
        kind: 'stopped',
        lockFile: observation.lockFile,
        record: observation.record.kind !== 'absent',
        leftovers,
      }
    case 'unreadable':
      return unclear(observation, `its pidfile cannot be read: ${pidfile.why}`, 'run daemonctl as root or as its user')
    case 'refused':
      return unclear(observation, `its pidfile is not to be trusted: ${pidfile.why}`, pidfile.remedy)
    case 'read':
      return judgePidfile(observation, pidfile, expected)
  }
}

/** The process of the record, if it lives. A record of a launcher does not name the daemon. */
function recordedProcess({ record, recordProcess, bootId }: Observation): ProcessDetail | undefined {
  if (record.kind !== 'read' || record.record.phase === 'launching' || recordProcess.kind !== 'seen') return undefined
  return isAlive(record.record.main, recordProcess.process, bootId) ? recordProcess.process : undefined
}

function judgeBesideRecorded(
  observation: Observation,
  recorded: ProcessDetail,
  expected: Expectation,
): Running | Unknown {
  const { pidfile, pidfileProcess, bootId } = observation
  const unlike = expected.demanded ? difference(recorded, expected) : undefined
  if (unlike !== undefined) {
    return unclear(
      observation,
      unlike.why,
      unlike.remedy === '' ? 'leave --exec and --user away, or mend them' : unlike.remedy,
    )
  }
  const running = (process: ProcessDetail, proof: Running['proof'], ...notes: string[]): Running => ({
    kind: 'running',
    main: identityOf(process, bootId),
    process,
    proof,
    ending: proof === 'record' && isEnding(observation),
    notes: proof === 'record' && isEnding(observation) ? ['a stop has begun to end it', ...notes] : notes,
  })
  switch (pidfile.kind) {
    case 'absent':
      return running(recorded, 'record', 'its pidfile has vanished')
    case 'unreadable':
      return running(recorded, 'record', `its pidfile cannot be read: ${pidfile.why}`)
    case 'refused':
      return running(recorded, 'record', `its pidfile is not to be trusted: ${pidfile.why}`)
    case 'read': {
      if (pidfile.content.kind !== 'pid') return running(recorded, 'record', 'its pidfile holds no PID')
      const { pid } = pidfile.content
      if (pid === recorded.pid) return running(recorded, 'record')
      if (pidfileProcess.kind === 'seen' && isSuccessor(observation, pidfile, pidfileProcess.process, expected)) {
        return running(pidfileProcess.process, 'pidfile', `its main PID changed from ${recorded.pid} to ${pid}`)
      }
      return running(recorded, 'record', `its pidfile names PID ${pid}, which is not its main process`)
    }
  }
}

/** A new main process beside the old one: of the daemon's own processes, named by a pidfile written since the record. */
function isSuccessor(
  observation: Observation,
  pidfile: PidfileRead,
  process: ProcessDetail,
  expected: Expectation,
): boolean {
  const { record } = observation
  return (
    record.kind === 'read' &&
    pidfile.writtenAt > record.record.at &&
    isMember(observation, process) &&
    !isDead(process) &&
    objection(observation, pidfile, process, expected) === undefined
  )
}

function judgePidfile(observation: Observation, pidfile: PidfileRead, expected: Expectation): Condition {
  const { pidfileProcess, self } = observation
  const leftovers = leftoversOf(observation)
  const stale = (pid: number | undefined, why: string): Stale => ({ kind: 'stale', pid, why, leftovers })
  switch (pidfile.content.kind) {
    case 'empty':
      return stale(undefined, 'its pidfile is empty')
    case 'garbage':
      return {
        kind: 'unknown',
        matter: 'garbage',
        why: `its pidfile holds ${JSON.stringify(pidfile.content.text)}, which is not a PID`,
        remedy: 'start replaces it; or remove it',
        leftovers,
      }
    case 'pid':
  }
  const { pid } = pidfile.content
  if (pid === self.pid) return { kind: 'foreign', pid, why: `PID ${pid} is daemonctl itself`, leftovers }
  switch (pidfileProcess.kind) {
    case 'none':
      return stale(pid, `PID ${pid} is dead`)
    case 'hidden':
      return unclear(
        observation,
        `PID ${pid} lives, but its facts are hidden from us`,
        'run daemonctl as root or as its user',
      )
    case 'seen':
      if (isDead(pidfileProcess.process)) return stale(pid, `PID ${pid} is a zombie`)
      return judgeProcess(observation, pidfile, pidfileProcess.process, expected)
  }
}

function judgeProcess(
  observation: Observation,
  pidfile: PidfileRead,
  process: ProcessDetail,
  expected: Expectation,
): Condition {
  const foreignRecord = recordAgainst(observation, pidfile, process)
  if (foreignRecord !== undefined) return foreign(observation, process, foreignRecord)
  const against = objection(observation, pidfile, process, expected)
  if (against !== undefined) {
    return against.sure ? foreign(observation, process, against.why) : unclear(observation, against.why, against.remedy)
  }
  return {
    kind: 'running',
    main: identityOf(process, observation.bootId),
    process,
    proof: 'pidfile',
    ending: false,
    notes: [],
  }
}

const isEnding = ({ record }: Observation): boolean => record.kind === 'read' && record.record.phase === 'ending'

/** What a record of this boot says against the pidfile's process. */
function recordAgainst(
  { record: reading, bootId }: Observation,
  pidfile: PidfileRead,
  process: ProcessDetail,
): string | undefined {
  if (reading.kind !== 'read' || reading.record.main.bootId !== bootId) return undefined
  const { record } = reading
  if (record.main.pid === process.pid && record.main.startTime !== process.startTime) {
    return `PID ${process.pid} was reused: it is now another process, ${executableText(process)}`
  }
  // A daemon may take a new main PID by itself, and rewrites its pidfile then. A launcher's record awaits just that.
  if (record.phase !== 'launching' && pidfile.writtenAt <= record.at) {
    return `PID ${process.pid} is not the process that was recorded as the daemon, ${describeRecord(record)}`
  }
  return undefined
}

interface Objection {
  /** Sure: it is not the daemon. Not sure: it may be. */
  readonly sure: boolean
  readonly why: string
  readonly remedy: string
}

const sure = (why: string): Objection => ({ sure: true, why, remedy: '' })

/** In what a process is not what was said to be expected. */
function difference(process: ProcessDetail, expected: Expectation): Objection | undefined {
  const { pid } = process
  if (expected.executable !== undefined && process.executable !== expected.executable) {
    return process.executable === undefined
      ? { sure: false, why: `the program of PID ${pid} cannot be seen`, remedy: 'run daemonctl as root or as its user' }
      : sure(`PID ${pid} is another program, ${executableText(process)}`)
  }
  if (expected.uid !== undefined && process.uid !== expected.uid && process.effectiveUid !== expected.uid) {
    return sure(`PID ${pid} runs as uid ${process.uid}, not as uid ${expected.uid}`)
  }
  return undefined
}

function objection(
  observation: Observation,
  pidfile: PidfileRead,
  process: ProcessDetail,
  expected: Expectation,
): Objection | undefined {
  const unlike = difference(process, expected)
  if (unlike !== undefined) return unlike
  const { pid } = process
  const looksRight =
    process.executable !== undefined &&
    (process.executable === expected.executable || process.executable === expected.likelyExecutable)
  if (process.startedAt > pidfile.writtenAt + CLOCK_GRAIN) {
    const why = `PID ${pid} started after the pidfile was written`
    const fromEarlierBoot = pidfile.writtenAt < observation.bootedAt - CLOCK_GRAIN && !pidfile.volatile
    if (fromEarlierBoot || !looksRight) return sure(`${why}: it is another process, ${executableText(process)}`)
    return {
      sure: false,
      why: `${why}, but is the right program: the PID was reused, or the clock was set`,
      remedy: `look at it (ps -fp ${pid}); end it, or remove the pidfile`,
    }
  }
  // Within the grain of the clocks a PID may have been reused at once: then another program tells.
  const seemsYounger = process.startedAt > pidfile.writtenAt && expected.likelyExecutable !== undefined
  if (seemsYounger && !isMember(observation, process) && process.executable !== undefined && !looksRight) {
    return {
      sure: false,
      why: `PID ${pid} started when the pidfile was written, and is ${executableText(process)}`,
      remedy: 'say which program it is: executable = "/path" in the definition, or --exec /path',
    }
  }
  const executed = recordedExecutable(observation)
  if (executed !== undefined && process.executable !== undefined && !looksRight && process.executable !== executed) {
    if (!isMember(observation, process)) {
      return {
        sure: false,
        why: `PID ${pid} is ${executableText(process)}, and the daemon was ${executed} when it ran last`,
        remedy:
          'say which program it is: executable = "/path" in the definition, or --exec /path; or remove the pidfile',
      }
    }
  }
  const { doubt } = pidfile
  if (doubt !== undefined && !looksRight && !speaksForItself(doubt.writer, process, expected)) {
    return {
      sure: false,
      why: `its pidfile proves nothing alone (${doubt.why}), and PID ${pid} is ${executableText(process)}`,
      remedy: 'say which program it is: executable = "/path" in the definition, or --exec /path',
    }
  }
  return undefined
}

/** What the main process executed that is on record; a launcher's says nothing of the daemon. */
const recordedExecutable = ({ record }: Observation): string | undefined =>
  record.kind === 'read' && record.record.phase !== 'launching' ? record.record.executable : undefined

/** It runs as the expected user; or as the only one who could have forged the pidfile, and could signal it himself. */
function speaksForItself(writer: number | undefined, process: ProcessDetail, expected: Expectation): boolean {
  return process.uid === expected.uid || (process.uid === writer && process.effectiveUid === writer)
}

/** Of the cgroup, the session or the token of the record: it came from the daemon or its launcher. */
const isMember = ({ members }: Observation, process: ProcessDetail): boolean =>
  members.some((member) => member.pid === process.pid && member.startTime === process.startTime)

const foreign = (observation: Observation, process: ProcessDetail, why: string): Foreign => ({
  kind: 'foreign',
  pid: process.pid,
  why,
  leftovers: leftoversOf(observation),
})

const unclear = (observation: Observation, why: string, remedy: string): Unknown => ({
  kind: 'unknown',
  matter: 'unclear',
  why,
  remedy,
  leftovers: leftoversOf(observation),
})

const leftoversOf = ({ record, members }: Observation): Leftovers => ({
  processes: members,
  ofUnfinishedStart: record.kind === 'read' && record.record.phase === 'launching',
})

const executableText = (process: ProcessDetail): string => process.executable ?? JSON.stringify(process.name)

const describeRecord = (record: DaemonRecord): string => `PID ${record.main.pid}`

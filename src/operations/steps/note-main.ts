import { identityOf, isAlive } from '../../decide/identity.ts'
import type { ProcessDetail } from '../../decide/process-facts.ts'
import type { DaemonRecord, Session } from '../../decide/record.ts'
import type { Run, StepOutcome } from '../run.ts'
import { ok } from '../../base/result.ts'

/** Writes down who the main process is, now that it is known, and goes on with that. */
export function noteMain(
  run: Run,
  process: ProcessDetail,
  options: { writePidfile: boolean; phase?: 'running' | 'ending' },
): StepOutcome {
  const { host, subject } = run
  const main = identityOf(process, host.processes.bootId())
  const before = run.record
  const record: DaemonRecord = {
    version: 1,
    name: subject.definition.name,
    pidfile: subject.definition.pidfile,
    main,
    phase: options.phase ?? 'running',
    executable: process.executable,
    uid: process.uid,
    session: sessionOf(run, process) ?? before?.session,
    cgroup: before?.cgroup,
    token: before?.token,
    pidfileStamp: pidfileStampOf(run, main.pid),
    definitionHash: before?.definitionHash ?? subject.hash(),
    ...(before?.pings === true ? { pings: true } : {}),
    ...(before?.speaks === true ? { speaks: true } : {}),
    at: host.clock.now(),
  }
  const written = host.records.write(subject.key, record)
  if (!written.ok) return written
  run.record = record
  run.main = main
  return options.writePidfile ? host.pidfiles.write(subject.definition.pidfile, main.pid) : ok(undefined)
}

/**
 * Before the daemon is told to end: should we be killed before it has, whoever starts it next must not take it for
 * running. That it cannot be written down (a full disk) keeps nothing from ending.
 */
export function noteEnding(run: Run): void {
  const { host, main, record } = run
  if (main === undefined || record?.phase === 'ending') return
  const reading = host.processes.read(main.pid, main.startTime)
  if (reading.kind !== 'seen' || !isAlive(main, reading.process, host.processes.bootId())) return
  const noted = noteMain(run, reading.process, { writePidfile: false, phase: 'ending' })
  if (!noted.ok) run.progress.warn(noted.error.message)
}

/** The stop has come to its end, and the daemon lives on: it is what it was before. */
export function noteAlive(run: Run): void {
  const { host, main, record } = run
  if (main === undefined || record?.phase !== 'ending') return
  const reading = host.processes.read(main.pid, main.startTime)
  if (reading.kind !== 'seen' || !isAlive(main, reading.process, host.processes.bootId())) return
  const noted = noteMain(run, reading.process, { writePidfile: false })
  if (!noted.ok) run.progress.warn(noted.error.message)
}

/** Only of a pidfile that names it, and that nobody else could have written. */
function pidfileStampOf({ host, subject }: Run, pid: number): string | undefined {
  const pidfile = host.pidfiles.read(subject.definition.pidfile)
  return pidfile.kind === 'read' &&
    pidfile.doubt === undefined &&
    pidfile.content.kind === 'pid' &&
    pidfile.content.pid === pid
    ? pidfile.stamp
    : undefined
}

/** The session of the main process, if it is its own or one whose leader is gone: never that of a living stranger. */
function sessionOf({ host }: Run, process: ProcessDetail): Session | undefined {
  if (process.session === process.pid) return { id: process.pid, leaderStartTime: process.startTime }
  if (process.terminal !== 0 || process.session <= 1) return undefined
  return host.processes.read(process.session).kind === 'none' ? { id: process.session, leaderStartTime: 0 } : undefined
}

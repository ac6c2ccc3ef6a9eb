import type { Milliseconds } from '../base/duration.ts'
import { isDead, isSameProcess, type Identity } from '../decide/identity.ts'
import type { Host } from '../host/host.ts'
import { membersNow } from './members.ts'
import type { Run, Subject } from './run.ts'
import { noteMain } from './steps/note-main.ts'

const LOCK_WITHIN: Milliseconds = 60_000

/**
 * A running daemon says that its main process is another one from now on: MAINPID= of sd_notify(3). That is written
 * down if it is a process of its own. Gives why it is not believed, or could not be written down.
 */
export async function followSaid(
  host: Host,
  subject: Subject,
  from: Identity,
  pid: number,
): Promise<string | undefined> {
  const { definition, key } = subject
  const lock = await host.locks.acquire(key, `daemonctl watch ${definition.name}`, LOCK_WITHIN, () => {})
  if (!lock.ok) return lock.error.message
  try {
    const reading = host.records.read(key)
    // Somebody else has found out meanwhile.
    if (reading.kind !== 'read' || !isSameProcess(reading.record.main, from)) return undefined
    const { record } = reading
    const process = host.processes.read(pid)
    const { others } = await membersNow(host, from, record)
    if (process.kind !== 'seen' || isDead(process.process) || !others.some((other) => other.pid === pid)) {
      return `it says that its main PID is ${pid}, which is not a process of its own`
    }
    const run: Run = {
      host,
      subject,
      lock: lock.value,
      progress: { waiting: () => {}, warn: () => {} },
      judged: host.pidfiles.read(definition.pidfile),
      main: from,
      record,
      launched: undefined,
      exit: undefined,
      outOfMemory: false,
      gone: false,
      lastSignal: undefined,
    }
    const noted = noteMain(run, process.process, { writePidfile: true })
    return noted.ok ? undefined : noted.error.message
  } finally {
    lock.value.release()
  }
}

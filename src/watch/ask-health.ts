import { isAlive, isSuspended, type Identity } from '../decide/identity.ts'
import type { Finding } from '../decide/watch/state.ts'
import type { Probe } from '../definition/definition.ts'
import type { HealthProbe, Host } from '../host/host.ts'
import { describeProbe } from '../operations/describe-probe.ts'
import { environmentOf } from '../operations/environment.ts'
import { membersNow } from '../operations/members.ts'
import type { Subject } from '../operations/run.ts'
import { credentialsFor } from '../operations/steps/launch.ts'

/** One look at the health of a running daemon: its state, its memory, then its own probe. Never two at once. */
export async function askHealth(host: Host, subject: Subject, main: Identity, signal: AbortSignal): Promise<Finding> {
  const { definition } = subject
  const { health } = definition
  const reading = host.processes.read(main.pid, main.startTime)
  // Its end is another event, which is on its way.
  if (health === undefined || reading.kind !== 'seen' || !isAlive(main, reading.process, host.processes.bootId())) {
    return { kind: 'healthy' }
  }
  // Who is to say so himself cannot while he is suspended, and that is noticed anyway.
  const { probe } = health
  if (probe?.kind !== 'notify' && isSuspended(reading.process))
    return { kind: 'failing', why: 'it is suspended (state T)' }
  if (health.maxRss !== undefined) {
    const rss = await memoryOf(host, subject, main)
    if (rss > health.maxRss) return { kind: 'too-big', rss }
  }
  if (probe === undefined || !isAskable(probe)) return { kind: 'healthy' }
  const credentials = credentialsFor(host, definition)
  const user = credentials.ok ? credentials.value : undefined
  const environment = environmentOf(definition, user ?? host.users.current(), host.environment, host.files)
  const healthy = await host.probes.isWell(
    probe,
    {
      environment: environment.ok ? environment.value : {},
      directory: definition.directory,
      credentials: user,
      logSince: undefined,
      since: 0,
    },
    health.timeout,
    signal,
  )
  return healthy ? { kind: 'healthy' } : { kind: 'failing', why: `no answer from ${describeProbe(probe)}` }
}

/** What the daemon says by itself is not asked for: by fd and log it says it once, at its start. */
const isAskable = (probe: Probe): probe is HealthProbe =>
  probe.kind === 'tcp' ||
  probe.kind === 'unix' ||
  probe.kind === 'http' ||
  probe.kind === 'command' ||
  probe.kind === 'file'

/** Of all its processes: a master with forty workers is as big as they are together. */
async function memoryOf(host: Host, subject: Subject, main: Identity): Promise<number> {
  const record = host.records.read(subject.key)
  const members = await membersNow(host, main, record.kind === 'read' ? record.record : undefined)
  const pids = [main.pid, ...members.others.map(({ pid }) => pid)]
  return pids.reduce((sum, pid) => sum + (host.processes.usage(pid)?.rss ?? 0), 0)
}

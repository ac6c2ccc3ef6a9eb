import type { Milliseconds } from '../base/duration.ts'
import type { RecoveryOutcome } from '../decide/pattern/state.ts'
import { isDead } from '../decide/identity.ts'
import type { GatedProcess, HeldLock, OutputTarget } from '../host/host.ts'
import type { PatternHost } from '../host/pattern-host.ts'
import type { PatternOrder } from './pattern-order.ts'

/** Between being asked to end and being made to. */
const PATIENCE: Milliseconds = 2_000

/**
 * Runs the recovery to its end, within its time: in a session of its own, and with its output in a file, because what
 * it starts inherits that, and a pipe would end with us.
 */
export async function recover(
  host: PatternHost,
  order: PatternOrder,
  lock: HeldLock,
  signal: AbortSignal,
): Promise<RecoveryOutcome> {
  const { environment, recovery } = order
  const [name = '', ...words] = recovery.argv
  const program = host.spawner.resolve(name, environment['PATH'] ?? '/usr/bin:/bin')
  if (program === undefined) return cannot(`there is no program ${name}`)
  const distrust = host.files.distrust(program)
  if (distrust !== undefined) return cannot(`${distrust.why} (${distrust.remedy})`)
  const spawned = await host.spawner.spawn({
    key: order.key,
    enclosed: 'at-the-gate',
    argv: [program, ...words],
    environment,
    directory: order.directory,
    umask: order.umask,
    nice: undefined,
    limits: {},
    credentials: undefined,
    stdout: outputTo(order.log),
    stderr: { kind: 'same-as-stdout' },
    mode: 'detached',
    readyFd: undefined,
    notify: false,
    lock,
  })
  if (!spawned.ok) return cannot(spawned.error.message)
  const gated = spawned.value
  gated.release()
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  const inTime = await Promise.race([
    gated.exited.then((exit) => ({ exit, timedOut: false, unable: undefined })),
    host.clock.sleep(order.recoveryTimeout, over.signal).then(() => undefined),
  ])
  over.abort()
  signal.removeEventListener('abort', stop)
  // Told to end ourselves, we leave it to itself.
  const outcome = inTime ?? (signal.aborted ? cannot('the watcher was ended') : await end(host, gated))
  const complaint = gated.complaint()
  gated.detach()
  tidy(host, gated)
  const failed = outcome.exit.kind === 'code' && outcome.exit.code !== 0
  return failed && complaint !== '' ? cannot(complaint) : outcome
}

const outputTo = (log: string | undefined): OutputTarget =>
  log === undefined ? { kind: 'null' } : { kind: 'file', path: log, mode: 0o644, owner: undefined }

const cannot = (unable: string): RecoveryOutcome => ({ exit: { kind: 'unseen' }, timedOut: false, unable })

/** The recovery, and whatever it began and left in its session. */
async function end(host: PatternHost, { identity, exited }: GatedProcess): Promise<RecoveryOutcome> {
  const { clock, processes, signaller } = host
  signaller.send(identity, 'TERM')
  const over = new AbortController()
  await Promise.race([exited, clock.sleep(PATIENCE, over.signal)])
  over.abort()
  // The number of a session is given to no new process as long as it has members.
  for (const process of await processes.list()) {
    if (process.session !== identity.pid || isDead(process)) continue
    signaller.send({ ...identity, pid: process.pid, startTime: process.startTime }, 'KILL')
  }
  return { exit: await exited, timedOut: true, unable: undefined }
}

/** What it started lives on in the cgroup that was made for it, if there is anything. */
function tidy(host: PatternHost, { cgroup }: GatedProcess): void {
  if (cgroup !== undefined && host.cgroups.members(cgroup)?.length === 0) host.cgroups.remove(cgroup)
}

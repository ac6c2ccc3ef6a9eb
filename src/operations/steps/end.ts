import type { Milliseconds } from '../../base/duration.ts'
import { failure, type Failure } from '../../base/failure.ts'
import { err, ok } from '../../base/result.ts'
import type { SignalName } from '../../base/signals.ts'
import { identityOf, isSuspended } from '../../decide/identity.ts'
import type { End } from '../../decide/plan/step.ts'
import type { ProcessFacts } from '../../decide/process-facts.ts'
import { membersOfRun, type Members } from '../members.ts'
import type { Run, StepOutcome } from '../run.ts'
import { waitFor } from '../wait.ts'
import { noteAlive, noteEnding } from './note-main.ts'

/** Even if nothing is heard, it is looked again so often for what has appeared or gone. */
const LOOK_AGAIN: Milliseconds = 250

/**
 * One step of a stop schedule: signals, and waits for the end of everything that the signal is to end. Whatever
 * appears meanwhile is signalled as well, until a look finds nothing new. Not to have ended in time is no failure
 * yet: the next step may do better, and `survivors` has the last word.
 */
export async function end(run: Run, step: End): Promise<StepOutcome> {
  // What is gone needs no further step of the schedule; `survivors` has the last word.
  if (run.gone) return ok(undefined)
  const { host } = run
  noteEnding(run)
  const until = host.clock.monotonic() + step.within
  const signalled = new Set<string>()
  for (;;) {
    const members = await reached(run, step)
    if (members.main === undefined && members.others.length === 0) {
      run.gone = step.reach !== 'main'
      return ok(undefined)
    }
    const patience = (): Milliseconds => (members.main === undefined || step.signal === 'KILL' ? 0 : patienceOf(run))
    const left = Math.max(until, patience()) - host.clock.monotonic()
    const denied = await signalAndWait(run, members, step, { within: left, patience, signalled })
    if (denied !== undefined) {
      noteAlive(run)
      return err(denied)
    }
    if (left <= 0) return ok(undefined)
  }
}

/** Until when it has asked to be waited for, because what it does at its end takes so long: EXTEND_TIMEOUT_USEC= */
export function patienceOf({ hearing }: Run): Milliseconds {
  hearing?.listen()
  return hearing?.patience() ?? 0
}

/** After the last step of the schedule: nothing may be left. */
export async function survivors(run: Run, reach: End['reach'] = reachOf(run)): Promise<StepOutcome> {
  const members = await reached(run, { do: 'end', signal: 'KILL', within: 0, reach })
  const alive = [...(members.main === undefined ? [] : [members.main]), ...members.others]
  if (alive.length === 0) return ok(undefined)
  noteAlive(run)
  return err(
    failure('survivors', 'awaiting the end', `${alive.length} of its processes outlived the stop schedule`, {
      details: alive.map((process) => describe(process)),
      remedy: 'give it a longer stop.schedule, or end it with KILL',
    }),
  )
}

const reachOf = (run: Run): End['reach'] => (run.subject.definition.stop.killMode === 'main' ? 'main' : 'all')

const describe = ({ pid, name, state }: ProcessFacts): string =>
  `pid ${pid} (${name})${state === 'D' ? ' hangs in the kernel (state D)' : state === 'T' ? ' is suspended (state T)' : ''}`

async function reached(run: Run, { reach }: End): Promise<Members> {
  const members = await membersOfRun(run)
  return reach === 'main' ? { main: members.main, others: [] } : members
}

/** main-first: the others have their turn when the main process, which knows best how to end them, is gone. */
function targetsOf({ main, others }: Members, { reach }: End): readonly ProcessFacts[] {
  if (reach === 'main-first' && main !== undefined) return [main]
  return main === undefined ? others : [main, ...others]
}

function signalAll(
  run: Run,
  targets: readonly ProcessFacts[],
  signal: SignalName,
  signalled: Set<string>,
): Failure | undefined {
  const { host } = run
  const cgroup = run.record?.cgroup
  const fresh = targets.filter((process) => !signalled.has(nameOf(process)))
  if (fresh.length === 0) return undefined
  run.lastSignal = signal
  for (const process of fresh) {
    signalled.add(nameOf(process))
    const identity = identityOf(process, host.processes.bootId())
    const outcome = host.signaller.send(identity, signal)
    if (outcome === 'not-permitted') {
      return failure('not-permitted', 'signalling', `pid ${process.pid} (${process.name}) may not be signalled by us`, {
        remedy: 'run daemonctl as root or as the user of the daemon',
      })
    }
    // A suspended process hears nothing but KILL before it is continued.
    if (isSuspended(process) && signal !== 'KILL') host.signaller.send(identity, 'CONT')
  }
  if (cgroup !== undefined) {
    run.outOfMemory ||= host.cgroups.outOfMemoryKills(cgroup) > 0
    // At once, against a daemon that forks faster than it can be signalled; unless we are in there ourselves.
    const inside = host.cgroups.members(cgroup) ?? []
    const known = new Set(targets.map((process) => process.pid))
    if (signal === 'KILL' && inside.length > 0 && inside.every((pid) => known.has(pid))) host.cgroups.kill(cgroup)
  }
  return undefined
}

const nameOf = (process: ProcessFacts): string => `${process.pid}@${process.startTime}`

interface Waiting {
  readonly within: Milliseconds
  readonly patience: () => Milliseconds
  readonly signalled: Set<string>
}

/** Until one of those that are waited for has ended. They are watched before they are signalled: some end at once. */
async function signalAndWait(
  run: Run,
  members: Members,
  step: End,
  { within, patience, signalled }: Waiting,
): Promise<Failure | undefined> {
  const { host, main } = run
  const bootId = host.processes.bootId()
  const waited = members.main === undefined ? members.others : [members.main]
  const what = `the end of ${waited.map((process) => `pid ${process.pid}`).join(', ')} (${step.signal})`
  let denied: Failure | undefined
  const events = (signal: AbortSignal): readonly Promise<void>[] => {
    const ends = waited.map(async (process) => {
      const identity = identityOf(process, bootId)
      const exit = await host.signaller.ended(identity, signal)
      if (exit !== undefined && main !== undefined && main.pid === identity.pid) run.exit = exit
    })
    denied = signalAll(run, targetsOf(members, step), step.signal, signalled)
    if (denied !== undefined) return [Promise.resolve()]
    return members.main === undefined ? [...ends, host.clock.sleep(LOOK_AGAIN, signal)] : ends
  }
  await waitFor(run, what, Math.max(1, within), events, patience)
  return denied
}

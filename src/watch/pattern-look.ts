import { identityOf } from '../decide/identity.ts'
import { ancestryOf } from '../decide/membership.ts'
import type { Candidate } from '../decide/pattern/criteria.ts'
import { familyOf, leftoversOf, type Family } from '../decide/pattern/family.ts'
import { commandLine, select } from '../decide/pattern/select.ts'
import type { KnownDaemon, PatternState, Sight } from '../decide/pattern/state.ts'
import type { Wish } from '../host/host.ts'
import type { PatternHost } from '../host/pattern-host.ts'
import type { PatternOrder } from './pattern-order.ts'

/** How long another daemonctl may be at work on the daemon before we look nevertheless. */
const AT_WORK = 60_000
/** How long it may take to say that something was stopped on purpose. */
const STOPPED_IF = 10_000
/** The clocks of pidfiles and of start times differ by so much. */
const SLACK = 2_000

/** Looks for what is meant; and if nothing is there, whether that is what somebody wants. Changes nothing. */
export async function lookForPattern(
  host: PatternHost,
  order: PatternOrder,
  known: Pick<PatternState, 'family' | 'daemon'>,
): Promise<Sight> {
  const { family } = known
  // One that was seen while it was just being made had no record yet; by its end it has.
  const daemon =
    order.daemon ?? known.daemon ?? (family === undefined ? undefined : host.daemons.ofProcess([family.main]))
  const seen = await find(host, order, family)
  if (seen.kind === 'matched' || daemon === undefined)
    return seen.kind === 'matched' ? seen : unlessStopped(host, order, seen)
  // An operator's restart: it will be there again, or it will not, and then we know.
  await untilNobodyIsAtWork(host, daemon)
  const later = await find(host, order, family)
  if (later.kind === 'matched') return later
  const wish = host.wishes.read(daemon.key)
  if (wish?.want === 'down') return { ...later, stopped: `daemonctl stopped ${daemon.name}${by(wish)}` }
  if (wish?.paused === true) return { ...later, stopped: `daemonctl paused ${daemon.name}${by(wish)}` }
  return unlessStopped(host, order, later)
}

type Nothing = Extract<Sight, { readonly kind: 'none' }>

async function find(host: PatternHost, order: PatternOrder, family: Family | undefined): Promise<Sight> {
  const processes = (await host.processes.list()).map((process) => host.looks(process))
  const named = order.pidfile === undefined ? processes : namedByPidfile(host, processes, order.pidfile)
  // A pidfile says by itself who is the daemon: also of two that one has become, in an upgrade.
  const left = order.pidfile === undefined && family !== undefined ? leftoversOf(processes, family) : []
  const found = select(named, order.criteria, order.matches, order.self, new Set(left.map(({ pid }) => pid)))
  const [main] = found
  if (main !== undefined) return matched(host, { processes, main, left, count: found.length })
  return {
    kind: 'none',
    stopped: undefined,
    leftovers: select(left, { ...order.criteria, only: undefined }, order.matches, order.self).map(({ pid }) => pid),
  }
}

function namedByPidfile(host: PatternHost, processes: readonly Candidate[], path: string): readonly Candidate[] {
  const reading = host.pidfiles.read(path)
  if (reading.kind !== 'read' || reading.content.kind !== 'pid') return []
  const { pid } = reading.content
  // A process younger than its pidfile has got the number of one that has ended.
  return processes.filter((process) => process.pid === pid && process.startedAt <= reading.writtenAt + SLACK)
}

function matched(
  host: PatternHost,
  found: {
    readonly processes: readonly Candidate[]
    readonly main: Candidate
    readonly left: readonly Candidate[]
    readonly count: number
  },
): Sight {
  const { processes, main, left, count } = found
  const { clock } = host
  const line = ancestryOf(processes, main.pid)
  return {
    kind: 'matched',
    main: identityOf(main, host.processes.bootId()),
    name: commandLine(main).slice(0, 80),
    since: clock.monotonic() - Math.max(0, clock.now() - main.startedAt),
    count,
    family: familyOf(processes, main, left),
    daemon: host.daemons.ofProcess(processes.filter(({ pid }) => line.has(pid))),
  }
}

async function untilNobodyIsAtWork(host: PatternHost, { key, name }: KnownDaemon): Promise<void> {
  const lock = await host.locks.acquire(key, `daemonctl watch ${name}`, AT_WORK, () => {})
  if (lock.ok) lock.value.release()
}

const by = ({ by: { user, uid } }: Wish): string => ` (by ${user ?? `uid ${uid}`})`

/** Asks the command that is to know whether it was stopped on purpose. */
async function unlessStopped(host: PatternHost, order: PatternOrder, nothing: Nothing): Promise<Nothing> {
  const { stoppedIf: command, environment, directory } = order
  if (command === undefined) return nothing
  const { exit } = await host.commands.run({
    command,
    environment,
    directory,
    credentials: undefined,
    within: STOPPED_IF,
  })
  const says = exit.kind === 'code' && exit.code === 0
  return says ? { ...nothing, stopped: `${command.argv.join(' ')} says so` } : nothing
}

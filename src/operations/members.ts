import type { Milliseconds } from '../base/duration.ts'
import { isAlive, isDead, type Identity } from '../decide/identity.ts'
import { ancestryOf, descendantsOf, membersOf } from '../decide/membership.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { DaemonRecord } from '../decide/record.ts'
import type { Host } from '../host/host.ts'
import type { Run } from './run.ts'

export interface Members {
  /** The main process, if it lives. */
  readonly main: ProcessFacts | undefined
  /** Everything else of the daemon. */
  readonly others: readonly ProcessFacts[]
}

/**
 * The living processes of a daemon right now. What is only likely to belong to it must bear the token of its start
 * in the environment, or have written over its environment and execute the very file that the recorded main process did. We ourselves and the processes
 * we come from never belong to it: a daemon may control itself, and sshd is stopped from a session of sshd.
 */
export async function membersNow(
  host: Host,
  main: Identity | undefined,
  record: DaemonRecord | undefined,
  since?: number,
): Promise<Members> {
  const ours = record?.main.bootId === host.processes.bootId() ? record : undefined
  const inCgroup = ours?.cgroup === undefined ? undefined : host.cgroups.members(ours.cgroup)
  return (
    (inCgroup === undefined ? undefined : membersOfCgroup(host, main, inCgroup)) ??
    (await membersByKinship(host, main, ours, { inCgroup, since }))
  )
}

/** PIDs do not begin anew in so short a time. */
const JUST_NOW: Milliseconds = 2_000

/** As `membersNow`. All that a process has made which was launched just now has been made since: less is looked at. */
export function membersOfRun(run: Run): Promise<Members> {
  const { host, launched, main, record } = run
  const isJustLaunched = launched !== undefined && host.clock.monotonic() - launched.at < JUST_NOW
  return membersNow(host, main, record, isJustLaunched ? launched.gated.identity.pid : undefined)
}

/**
 * The cgroup holds all that the daemon ever made, so nothing else needs to be looked at; unless the main process
 * itself is elsewhere, having been started by somebody else.
 */
function membersOfCgroup(host: Host, main: Identity | undefined, pids: readonly number[]): Members | undefined {
  const { processes } = host
  const bootId = processes.bootId()
  const living: ProcessFacts[] = []
  for (const pid of pids) {
    const reading = processes.read(pid, pid === main?.pid ? main.startTime : undefined)
    if (reading.kind === 'seen' && !isDead(reading.process)) living.push(reading.process)
  }
  const mainFacts = main === undefined ? undefined : living.find((process) => isAlive(main, process, bootId))
  if (main !== undefined && mainFacts === undefined) {
    const reading = processes.read(main.pid)
    if (reading.kind === 'hidden' || (reading.kind === 'seen' && isAlive(main, reading.process, bootId)))
      return undefined
  }
  const others = living.filter((process) => process.pid !== main?.pid)
  if (others.length === 0) return { main: mainFacts, others }
  const untouchable = ownLine(host)
  return { main: mainFacts, others: others.filter((process) => !untouchable.has(process.pid)) }
}

/** We and the processes that we come from. */
function ownLine({ processes }: Host): ReadonlySet<number> {
  const line = new Set<number>()
  for (let pid = processes.self().pid; pid > 1 && !line.has(pid);) {
    line.add(pid)
    const reading = processes.read(pid)
    pid = reading.kind === 'seen' ? reading.process.parent : 0
  }
  return line
}

/** A process and all that has been made after it. */
async function madeFrom({ processes }: Host, pid: number): Promise<readonly ProcessFacts[]> {
  const first = processes.read(pid)
  const made = await processes.madeSince(pid)
  return [...(first.kind === 'seen' ? [first.process] : []), ...made.filter((process) => process.pid !== pid)]
}

/** By parents, sessions and tokens: everything has to be looked at. */
async function membersByKinship(
  host: Host,
  main: Identity | undefined,
  ours: DaemonRecord | undefined,
  { inCgroup, since }: { readonly inCgroup: readonly number[] | undefined; readonly since: number | undefined },
): Promise<Members> {
  const { processes } = host
  const bootId = processes.bootId()
  const all = since === undefined ? await processes.list() : await madeFrom(host, since)
  const found = main === undefined ? undefined : sightsOf(host, all).byPid.get(main.pid)
  const mainFacts = main !== undefined && isAlive(main, found, bootId) ? found : undefined
  const kin = membersOf(all, { main: mainFacts, cgroup: inCgroup, session: ours?.session })
  const certain = withoutOtherDaemons(host, all, kin.certain, ours?.token ?? tokenOf(host, mainFacts))
  const { likely } = kin
  const proven = likely.filter((process) => ours !== undefined && isProven(host, process, ours))
  // Without a cgroup, what has left session, group and parents can still be known by the token.
  const strays = ours === undefined || inCgroup !== undefined ? [] : strayBearers(host, all, ours)
  const untouchable = sightsOf(host, all).ownLine
  const others = new Map<number, ProcessFacts>()
  for (const process of [...certain, ...proven, ...strays]) {
    if (process.pid !== main?.pid && !untouchable.has(process.pid)) others.set(process.pid, process)
  }
  return { main: mainFacts, others: [...others.values()] }
}

/**
 * What another start of daemonctl began is another daemon, with all that it made, although this one is its parent:
 * a watcher's daemons do not end with the watcher, nor a daemon that another has started.
 */
function withoutOtherDaemons(
  host: Host,
  all: readonly ProcessFacts[],
  kin: readonly ProcessFacts[],
  own: string | undefined,
): readonly ProcessFacts[] {
  if (own === undefined || kin.length === 0) return kin
  const others = kin.filter(({ pid }) => {
    const reading = host.processes.token(pid)
    return reading.kind === 'token' && reading.token !== own
  })
  if (others.length === 0) return kin
  const pids = others.map(({ pid }) => pid)
  const left = new Set([...pids, ...descendantsOf(all, pids).map(({ pid }) => pid)])
  return kin.filter(({ pid }) => !left.has(pid))
}

/** undefined: it cannot be told. */
function tokenOf({ processes }: Host, main: ProcessFacts | undefined): string | undefined {
  if (main === undefined) return undefined
  const reading = processes.token(main.pid)
  switch (reading.kind) {
    case 'token':
      return reading.token
    case 'none':
      return NO_TOKEN
    case 'unreadable':
      return undefined
  }
}

/** No start has this one. */
const NO_TOKEN = ''

function isProven(host: Host, process: ProcessFacts, record: DaemonRecord): boolean {
  const token = host.processes.token(process.pid)
  if (token.kind !== 'unreadable') return token.kind === 'token' && token.token === record.token
  const reading = host.processes.read(process.pid)
  return (
    reading.kind === 'seen' &&
    reading.process.startTime === process.startTime &&
    record.executable !== undefined &&
    reading.process.executable === record.executable
  )
}

function strayBearers(host: Host, all: readonly ProcessFacts[], record: DaemonRecord): readonly ProcessFacts[] {
  const { token } = record
  // Not only what is younger than the main process: its launcher is older, and so are the workers of its predecessor.
  return token === undefined ? [] : (sightsOf(host, all).bearers().get(token) ?? [])
}

/** What is seen in a list of processes, whichever daemon is looked for in it: of a thousand it is asked once. */
interface Sights {
  readonly byPid: ReadonlyMap<number, ProcessFacts>
  /** We and the processes that we come from. */
  readonly ownLine: ReadonlySet<number>
  /** The living, by the token that they bear. */
  bearers(): ReadonlyMap<string, readonly ProcessFacts[]>
}

const sights = new WeakMap<readonly ProcessFacts[], Sights>()

function sightsOf({ processes }: Host, all: readonly ProcessFacts[]): Sights {
  const known = sights.get(all)
  if (known !== undefined) return known
  let bearers: ReadonlyMap<string, readonly ProcessFacts[]> | undefined
  const made: Sights = {
    byPid: new Map(all.map((process) => [process.pid, process])),
    ownLine: ancestryOf(all, processes.self().pid),
    bearers: () => (bearers ??= bearersIn(processes, all)),
  }
  sights.set(all, made)
  return made
}

function bearersIn(
  processes: Host['processes'],
  all: readonly ProcessFacts[],
): ReadonlyMap<string, readonly ProcessFacts[]> {
  const bearers = new Map<string, ProcessFacts[]>()
  for (const process of all) {
    const reading = isDead(process) ? undefined : processes.token(process.pid)
    if (reading?.kind !== 'token') continue
    const others = bearers.get(reading.token)
    if (others === undefined) bearers.set(reading.token, [process])
    else others.push(process)
  }
  return bearers
}

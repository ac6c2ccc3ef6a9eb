import { isDead } from './identity.ts'
import type { ProcessFacts } from './process-facts.ts'
import type { Session } from './record.ts'

/** By what the processes of one daemon are known. */
export interface Roots {
  /** The main process, if it lives. */
  readonly main: ProcessFacts | undefined
  /** PIDs in the daemon's own cgroup: certain, as far as there is one. */
  readonly cgroup: readonly number[] | undefined
  /** The session that was made for the daemon, from its record. */
  readonly session: Session | undefined
}

/** A process of the daemon, or one that may be and needs further proof before it is signalled. */
export interface Membership {
  readonly certain: readonly ProcessFacts[]
  readonly likely: readonly ProcessFacts[]
}

/**
 * What belongs to a daemon, its main process aside: everything in its cgroup, all descendants of the main
 * process, and the sessions that are the daemon's alone.
 *
 * A session is the daemon's alone if its leader is the main process or a descendant of it. If the leader is
 * gone (a daemon that forks twice), the main process's session is the daemon's when it has no terminal.
 * The kernel gives no PID again while a session bears its number (pid_namespaces(7), alloc_pid), so a session
 * number means one session as long as it has members; but once a session has died out, its number may come
 * back. Members of a recorded session whose main process is dead are therefore only *likely*.
 */
export function membersOf(processes: readonly ProcessFacts[], roots: Roots): Membership {
  const kinship = kinshipOf(processes)
  const certain = new Set<ProcessFacts>()
  for (const pid of roots.cgroup ?? []) {
    const process = kinship.living(pid)
    if (process !== undefined) certain.add(process)
  }
  if (roots.main !== undefined) {
    for (const process of kinship.descendants([roots.main.pid])) certain.add(process)
    const session = ownSession(kinship, roots.main, certain)
    if (session !== undefined) {
      for (const process of kinship.inSession(session)) certain.add(process)
      for (const process of kinship.descendants([...certain].map((member) => member.pid))) certain.add(process)
    }
  }
  const likely =
    roots.session === undefined
      ? []
      : recordedSession(kinship, roots.session).filter((process) => !certain.has(process))
  const others = (process: ProcessFacts): boolean => process.pid !== roots.main?.pid
  return { certain: [...certain].filter(others), likely: likely.filter(others) }
}

function ownSession(kinship: Kinship, main: ProcessFacts, certain: ReadonlySet<ProcessFacts>): number | undefined {
  if (main.session <= 1) return undefined
  const leader = kinship.living(main.session)
  if (leader === undefined) return main.terminal === 0 ? main.session : undefined
  return leader.pid === main.pid || certain.has(leader) ? main.session : undefined
}

function recordedSession(kinship: Kinship, session: Session): readonly ProcessFacts[] {
  const leader = kinship.living(session.id)
  if (leader !== undefined && leader.startTime !== session.leaderStartTime) return []
  return kinship.inSession(session.id).filter((process) => process.startTime >= session.leaderStartTime)
}

/** Who lives, by what they are looked for. */
class Kinship {
  readonly #byPid = new Map<number, ProcessFacts>()
  readonly #bySession = new Map<number, ProcessFacts[]>()
  readonly #byParent: ReadonlyMap<number, readonly ProcessFacts[]>

  constructor(processes: readonly ProcessFacts[]) {
    const living = processes.filter((process) => !isDead(process))
    for (const process of living) {
      this.#byPid.set(process.pid, process)
      const session = this.#bySession.get(process.session)
      if (session === undefined) this.#bySession.set(process.session, [process])
      else session.push(process)
    }
    this.#byParent = childrenOf(living)
  }

  living(pid: number): ProcessFacts | undefined {
    return this.#byPid.get(pid)
  }

  inSession(session: number): readonly ProcessFacts[] {
    return this.#bySession.get(session) ?? []
  }

  descendants(of: readonly number[]): readonly ProcessFacts[] {
    return descendantsIn(this.#byParent, of)
  }
}

/** A thousand daemons are looked for in one list. */
const kinships = new WeakMap<readonly ProcessFacts[], Kinship>()

function kinshipOf(processes: readonly ProcessFacts[]): Kinship {
  const known = kinships.get(processes)
  if (known !== undefined) return known
  const made = new Kinship(processes)
  kinships.set(processes, made)
  return made
}

/**
 * What a main process has made that is not in its cgroup: its descendants and those of what is inside, the session
 * that it leads, and what bears its token.
 */
export function relativesOutside<Facts extends ProcessFacts>(
  processes: readonly Facts[],
  { main, inside }: { readonly main: number; readonly inside: readonly number[] },
  bearsToken: (process: Facts) => boolean,
): readonly Facts[] {
  const within = new Set([main, ...inside])
  const descendants = new Set(descendantsOf(processes, [...within]).map(({ pid }) => pid))
  return processes.filter(
    (process) =>
      !within.has(process.pid) && (descendants.has(process.pid) || process.session === main || bearsToken(process)),
  )
}

/** Children, their children and so on, in the order in which they are found. */
export const descendantsOf = (processes: readonly ProcessFacts[], of: readonly number[]): readonly ProcessFacts[] =>
  descendantsIn(childrenOf(processes), of)

function childrenOf(processes: readonly ProcessFacts[]): ReadonlyMap<number, readonly ProcessFacts[]> {
  const byParent = new Map<number, ProcessFacts[]>()
  for (const process of processes) {
    const siblings = byParent.get(process.parent)
    if (siblings === undefined) byParent.set(process.parent, [process])
    else siblings.push(process)
  }
  return byParent
}

function descendantsIn(
  byParent: ReadonlyMap<number, readonly ProcessFacts[]>,
  of: readonly number[],
): readonly ProcessFacts[] {
  const found: ProcessFacts[] = []
  const seen = new Set(of)
  for (const queue = [...of]; queue.length > 0;) {
    for (const child of byParent.get(queue.shift() ?? 0) ?? []) {
      if (seen.has(child.pid)) continue
      seen.add(child.pid)
      found.push(child)
      queue.push(child.pid)
    }
  }
  return found
}

/** A process and all its parents: what a daemon's end must never take with it when it is our own line. */
export function ancestryOf(processes: readonly ProcessFacts[], pid: number): ReadonlySet<number> {
  const parents = new Map(processes.map((process) => [process.pid, process.parent]))
  const line = new Set<number>()
  for (let at: number | undefined = pid; at !== undefined && at > 1 && !line.has(at); at = parents.get(at)) line.add(at)
  return line
}

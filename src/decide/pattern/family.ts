import { isDead } from '../identity.ts'
import { descendantsOf, membersOf } from '../membership.ts'
import type { ProcessFacts } from '../process-facts.ts'

/** By what the processes that a matched one has made are known when it is gone: then they are nobody's children. */
export interface Family {
  readonly main: Kin
  /** Its session, unless that has a terminal: then it is somebody's login. setsid(2) */
  readonly session: number | undefined
  /** The process group that it leads. setpgid(2) */
  readonly group: number | undefined
  /** What it had made when it was looked at. */
  readonly members: readonly Kin[]
  /** What those before it have left. */
  readonly orphans: readonly Kin[]
}

/** A PID with the start time of its process, within one boot. */
export interface Kin {
  readonly pid: number
  readonly startTime: number
}

export function familyOf(
  processes: readonly ProcessFacts[],
  main: ProcessFacts,
  leftovers: readonly ProcessFacts[] = [],
): Family {
  const { certain } = membersOf(processes, { main, cgroup: undefined, session: undefined })
  return {
    main: kinOf(main),
    session: main.session === main.pid || main.terminal === 0 ? main.session : undefined,
    group: main.group === main.pid ? main.group : undefined,
    members: certain.map(kinOf),
    orphans: leftovers.map(kinOf),
  }
}

const kinOf = ({ pid, startTime }: ProcessFacts): Kin => ({ pid, startTime })

/**
 * What is left of a family whose main process has ended, and of those before it: workers that bear the same command
 * line, hold the port, and are no daemon. They are known by the session and the group, whose numbers are given to no
 * new process as long as they have members, and by having been there before. A session whose leader lives was not made
 * for the daemon; and what is started anew has one of its own.
 */
export function leftoversOf<Facts extends ProcessFacts>(processes: readonly Facts[], family: Family): readonly Facts[] {
  const { main, orphans } = family
  const living = processes.filter((process) => !isDead(process))
  const mainLives = living.some((process) => isSame(process, main))
  const session = living.some(({ pid }) => pid === family.session) ? undefined : family.session
  const left = living.filter(
    (process) =>
      orphans.some((orphan) => isSame(process, orphan)) || (!mainLives && isKin(process, { ...family, session })),
  )
  const roots = left.map(({ pid }) => pid)
  const pids = new Set([...roots, ...descendantsOf(living, roots).map(({ pid }) => pid)])
  return living.filter(({ pid }) => pids.has(pid))
}

function isKin(process: ProcessFacts, { main, session, group, members }: Family): boolean {
  return (
    (process.startTime >= main.startTime &&
      ((session !== undefined && process.session === session) ||
        (group !== undefined && process.group === group && process.pid !== group))) ||
    members.some((member) => isSame(process, member))
  )
}

const isSame = (process: ProcessFacts, kin: Kin): boolean =>
  process.pid === kin.pid && process.startTime === kin.startTime

import { isDead } from '../identity.ts'
import { ancestryOf } from '../membership.ts'
import type { Candidate, Criteria, Self } from './criteria.ts'
import { terminalName } from './terminal-name.ts'

/**
 * The processes that are meant, the one that stands for them first: the oldest, of those that started in the same
 * tick one whose parent is not itself meant; or with "newest" the newest, of the same tick that with the greatest PID.
 *
 * Otherwise than with pgrep(1), a zombie is dead; and neither we, nor whoever called us, nor another daemonctl, nor
 * the shell that called that, is ever meant, though all of them name the pattern.
 *
 * `matches` is the pattern of the criteria, compiled; `leftovers` are PIDs that are not meant whatever they look like.
 */
export function select(
  processes: readonly Candidate[],
  criteria: Criteria,
  matches: RegExp,
  self: Self,
  leftovers: ReadonlySet<number> = NONE,
): readonly Candidate[] {
  const meant = processes.filter((process) => !leftovers.has(process.pid) && isMeant(process, criteria, matches))
  if (meant.length === 0) return []
  const untouchable = ourselves(processes, self)
  const found = meant.filter((process) => !untouchable.has(process.pid))
  if (criteria.only === 'newest') return newest(found)
  return criteria.only === undefined ? byAge(found) : byAge(found).slice(0, 1)
}

const NONE: ReadonlySet<number> = new Set()

/** The cheap questions come first: of most processes nothing else is read. */
function isMeant(process: Candidate, criteria: Criteria, matches: RegExp): boolean {
  const { parents, groups, sessions, terminals, euids, uids, gids, executable } = criteria
  return (
    !isDead(process) &&
    isOneOf(process.parent, parents) &&
    isOneOf(process.group, groups) &&
    isOneOf(process.session, sessions) &&
    (terminals === undefined || terminals.includes(terminalName(process.terminal))) &&
    (euids === undefined || isOneOf(process.effectiveUid, euids)) &&
    (uids === undefined || isOneOf(process.uid, uids)) &&
    (gids === undefined || isOneOf(process.gid, gids)) &&
    matches.test(criteria.full ? commandLine(process) : process.name) &&
    isExecuting(process, executable)
  )
}

const isOneOf = (value: number, list: readonly number[] | undefined): boolean =>
  list === undefined || list.includes(value)

/** Only root may see what others execute: not sure whether it is another program is no reason to start a second copy. */
const isExecuting = (process: Candidate, wanted: string | undefined): boolean =>
  wanted === undefined || (process.executable ?? wanted) === wanted

/** As ps(1) writes it: what cannot be printed is "?"; kernel threads, which have none, by their names. */
export function commandLine({ argv, name }: Pick<Candidate, 'argv' | 'name'>): string {
  return argv.length === 0 ? `[${name}]` : argv.join(' ').replaceAll('\n', ' ').replaceAll(UNPRINTABLE, '?')
}

const UNPRINTABLE = new RegExp(String.raw`[\u0000-\u001f\u007f-\u009f]`, 'g')

/** We, all that we come from, every other daemonctl, and what has called that with its command line in its own. */
function ourselves(processes: readonly Candidate[], self: Self): ReadonlySet<number> {
  const ours = new Set(ancestryOf(processes, self.pid)).add(self.pid).add(1)
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  for (const process of processes) {
    if (ours.has(process.pid) || !isDaemonctl(process.argv, self)) continue
    ours.add(process.pid)
    for (const pid of ancestryOf(processes, process.parent)) {
      const caller = byPid.get(pid)
      if (caller === undefined || !caller.argv.some((word) => word.includes('daemonctl'))) break
      ours.add(pid)
    }
  }
  return ours
}

function isDaemonctl(argv: readonly string[], self: Self): boolean {
  const script = argv.slice(1).find((word) => !word.startsWith('-'))
  const isNamedSo = [argv[0], script].some((word) => word?.split('/').at(-1) === 'daemonctl')
  return isNamedSo || (self.script !== undefined && [argv[0], script].includes(self.script))
}

function byAge(found: readonly Candidate[]): readonly Candidate[] {
  const pids = new Set(found.map(({ pid }) => pid))
  const isChild = ({ parent }: Candidate): number => (pids.has(parent) ? 1 : 0)
  return found.toSorted((a, b) => a.startTime - b.startTime || isChild(a) - isChild(b) || a.pid - b.pid)
}

/** Of the last tick the one with the greatest PID; but a child is newer than its parent, whatever the numbers. */
function newest(found: readonly Candidate[]): readonly Candidate[] {
  const [last, ...others] = found.toSorted((a, b) => b.startTime - a.startTime || b.pid - a.pid)
  if (last === undefined) return []
  const child = others.find(({ parent, startTime }) => parent === last.pid && startTime === last.startTime)
  return [child ?? last]
}

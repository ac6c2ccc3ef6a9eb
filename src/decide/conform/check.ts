import { describeExit } from '../exit.ts'
import type { RuleId } from './rules.ts'
import { isSame, isUp, type Seen, type Sight, type StrangerSight } from './sight.ts'

/** One thing that must be so after an action. */
export interface Check {
  /** Unique among all checks: it is what --json and the tests know it by. */
  readonly id: string
  /** A sentence about what is right. */
  readonly title: string
  readonly rule: RuleId
  readonly judge: (seen: Seen) => Judgement
}

export type Judgement =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly why: string }
  /** The rule does not concern this script. */
  | { readonly kind: 'not-applicable'; readonly why: string }

const passed: Judgement = { kind: 'passed' }
const failed = (why: string): Judgement => ({ kind: 'failed', why })
const verdict = (why: string | undefined): Judgement => (why === undefined ? passed : failed(why))

/** The statuses of LSB for an action that a script does not have: 3 "unimplemented feature", 2 "invalid argument". */
const NOT_OFFERED: readonly number[] = [2, 3]

/** Many a script fails with its usage and 1: that this is wrong is told of the action that is none. */
export const isNotOffered = ({ exit, output }: Pick<Seen, 'exit' | 'output'>): boolean =>
  exit.kind === 'code' &&
  (NOT_OFFERED.includes(exit.code) || (exit.code !== 0 && output.some((line) => /\busage:/i.test(line))))

/** The action ends with one of these statuses. */
export const exits = (id: string, title: string, rule: RuleId, ...statuses: readonly number[]): Check => ({
  id,
  title,
  rule,
  judge: (seen) => verdict(wrongExit(seen, statuses)),
})

/** As `exits`, of an action that a script may lack. */
export const exitsIfOffered = (id: string, title: string, rule: RuleId, ...statuses: readonly number[]): Check => ({
  id,
  title,
  rule,
  judge: (seen) =>
    seen.offered
      ? verdict(wrongExit(seen, statuses))
      : { kind: 'not-applicable', why: 'the script does not have this action, which is optional' },
})

/** A fact about the world after the action. */
export const holds = (
  id: string,
  title: string,
  rule: RuleId,
  complaint: (seen: Seen) => string | undefined,
): Check => ({ id, title, rule, judge: (seen) => verdict(complaint(seen)) })

/** As `holds`, where the action is one that a script may lack. */
export const holdsIfOffered = (
  id: string,
  title: string,
  rule: RuleId,
  complaint: (seen: Seen) => string | undefined,
): Check => ({
  id,
  title,
  rule,
  judge: (seen) =>
    seen.offered
      ? verdict(complaint(seen))
      : { kind: 'not-applicable', why: 'the script does not have this action, which is optional' },
})

function wrongExit({ exit, timedOut }: Seen, statuses: readonly number[]): string | undefined {
  if (timedOut) return 'it did not end in its time'
  if (exit.kind === 'code') {
    if (statuses.includes(exit.code)) return undefined
    return `exit status ${exit.code} where ${statuses.join(' or ')} is right`
  }
  return `it ${describeExit(exit)}`
}

// What may be complained of about the world.

export const notUp = ({ after }: Seen): string | undefined => (isUp(after) ? undefined : nothingThere(after))

/** Of a daemon that writes over its own environment nothing else is known. */
const nothingThere = ({ pidfile }: Sight): string =>
  pidfile === 'not-known'
    ? 'no process of it can be seen; if there is one, name its pidfile with --pidfile'
    : 'no process of it is there'

export const notTheSame = ({ before, after }: Seen): string | undefined => {
  if (!isUp(after)) return 'the daemon has ended'
  return isSame(before.main, after.main)
    ? undefined
    : `its main process was ${pidOf(before)} and is now ${pidOf(after)}`
}

export const notAlone = (seen: Seen): string | undefined => {
  const more = seen.after.roots.filter((root) => !seen.before.roots.some((known) => isSame(known, root)))
  return more.length === 0
    ? notTheSame(seen)
    : `a second copy runs: ${more.map(({ pid, name }) => `PID ${pid} (${name})`).join(', ')}`
}

export const notReplaced = ({ before, after }: Seen): string | undefined => {
  if (!isUp(after)) return nothingThere(after)
  return isSame(before.main, after.main) ? `PID ${pidOf(after)} still runs: it was not restarted` : undefined
}

export const somethingLeft = ({ after }: Seen): string | undefined =>
  after.members.length === 0
    ? undefined
    : `still alive: ${after.members.map(({ pid, name }) => `PID ${pid} (${name})`).join(', ')}`

export const somethingBegan = ({ before, after }: Seen): string | undefined => {
  const begun = after.members.filter((member) => !before.members.some((known) => isSame(known, member)))
  return begun.length === 0
    ? undefined
    : `it was started: ${begun.map(({ pid, name }) => `PID ${pid} (${name})`).join(', ')}`
}

export const outputHeld = ({ outputHeld }: Seen): string | undefined =>
  outputHeld ? 'what was started holds the standard output or error of the script' : undefined

export const saysNothing = ({ output }: Seen): string | undefined =>
  output.some((line) => line.trim() !== '') ? undefined : 'it printed nothing'

export const strangerHarmed = ({ strangers }: Seen): string | undefined => {
  const harmed = strangers.map(harm).filter((complaint) => complaint !== undefined)
  return harmed.length === 0 ? undefined : harmed.join('; ')
}

function harm({ role, pid, alive, signals }: StrangerSight): string | undefined {
  const who = role === 'foreign' ? `PID ${pid} of the pidfile, which is another's` : `PID ${pid}, of the same name`
  const got = signals.map((signal) => `SIG${signal}`).join(', ')
  if (!alive) return `${who}, was killed${got === '' ? '' : ` by ${got}`}`
  return got === '' ? undefined : `${who}, got ${got}`
}

const pidOf = ({ main }: Sight): string => String(main?.pid ?? 'none')

/** As `exitsIfOffered`, of a daemon that was killed; an init may have started it again meanwhile. */
export const exitsIfDead = (id: string, title: string, rule: RuleId, ...statuses: readonly number[]): Check => {
  const check = exitsIfOffered(id, title, rule, ...statuses)
  return { ...check, judge: (seen) => (isUp(seen.before) || isUp(seen.after) ? revived : check.judge(seen)) }
}

const revived: Judgement = { kind: 'not-applicable', why: 'something has started it again' }

/** The status that a dead daemon must have, which depends on what it has left behind. */
export const statusOfTheDead = (id: string, title: string): Check => ({
  id,
  title,
  rule: 'status-table',
  judge: (seen) => {
    if (isUp(seen.before) || isUp(seen.after)) return revived
    const right = { there: [1], none: [2, 3], 'not-known': [1, 2, 3] }[seen.after.pidfile]
    return verdict(wrongExit(seen, right))
  },
})

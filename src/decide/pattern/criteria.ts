import type { ProcessFacts, ProcessLooks } from '../process-facts.ts'

/**
 * Which processes are meant, in the words of pgrep(1). A process must satisfy all that are given; of a list it must
 * satisfy one. Undefined: not given.
 */
export interface Criteria {
  /** An extended regular expression for the name of a process, or with `full` for its command line. */
  readonly pattern: string
  readonly full: boolean
  /** The whole name or command line must match. */
  readonly exact: boolean
  readonly ignoreCase: boolean
  /** Of all that match only the one that started first, or last. */
  readonly only: 'oldest' | 'newest' | undefined
  readonly euids: readonly number[] | undefined
  readonly uids: readonly number[] | undefined
  readonly gids: readonly number[] | undefined
  readonly groups: readonly number[] | undefined
  readonly sessions: readonly number[] | undefined
  readonly parents: readonly number[] | undefined
  /** Without "/dev/"; "?" for processes without one. */
  readonly terminals: readonly string[] | undefined
  /** The program file that is executed: of a script its interpreter. Not in pgrep. */
  readonly executable: string | undefined
}

/** What a process must be looked at for. What is expensive is read only when it is asked for. */
export type Candidate = ProcessFacts & ProcessLooks

/** We, who look. */
export interface Self {
  readonly pid: number
  /** The script that we are, as it stands in our command line. */
  readonly script: string | undefined
}

/** Whether anything but the pattern says which processes are meant. */
export const isAnchored = ({
  euids,
  uids,
  gids,
  groups,
  sessions,
  parents,
  terminals,
  executable,
}: Criteria): boolean =>
  [euids, uids, gids, groups, sessions, parents, terminals, executable].some((given) => given !== undefined)

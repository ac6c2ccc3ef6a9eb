import { err, ok, type Result } from '../base/result.ts'
import type { Credentials } from './host.ts'

/** How a command comes to run as its user. */
export interface UserSwitch {
  /** What stands before the command. */
  readonly before: readonly string[]
  /** What the parent has the kernel set; it takes all supplementary groups away. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
}

const NONE: UserSwitch = { before: [], ids: {} }

/** By setpriv(1), because child_process knows no supplementary groups; without it the user has only his main group. */
export function userSwitch(
  credentials: Credentials | undefined,
  ourUid: number,
  setpriv: string | undefined,
): Result<UserSwitch, string> {
  if (credentials === undefined || (ourUid !== 0 && credentials.uid === ourUid)) return ok(NONE)
  if (ourUid !== 0) return err(`only root can run a command as ${credentials.user}`)
  const { uid, gid, groups } = credentials
  if (setpriv === undefined) return ok({ before: [], ids: { uid, gid } })
  const supplementary = groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups'
  return ok({ before: [setpriv, `--reuid=${uid}`, `--regid=${gid}`, supplementary, '--'], ids: {} })
}

/** What setpriv(1) itself complained of, in place of the command that never ran. */
export function switchProblem(code: number | null, output: readonly string[]): string | undefined {
  const last = output.at(-1)
  if ((code !== 126 && code !== 127) || last === undefined) return undefined
  return /^setpriv: (.*)$/.exec(last)?.[1]
}

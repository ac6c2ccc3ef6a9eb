import { readFileSync, readlinkSync } from 'node:fs'
import type { Actor } from './host.ts'

/** What (uid_t) -1 is in /proc/self/loginuid: nobody logged in. pam_loginuid(8) */
const NOBODY_LOGGED_IN = 4_294_967_295

export interface ActorSources {
  readonly uid: number
  readonly parentPid: number
  readonly userName: (uid: number) => string | undefined
  /** /proc, or what stands for it. */
  readonly proc?: string
}

/** Who runs this process: the login survives sudo(8) and su(1), so the name is that of whoever logged in, where known. */
export function currentActor({ uid, parentPid, userName, proc = '/proc' }: ActorSources): Actor {
  const loginUid = loginUidIn(`${proc}/self/loginuid`)
  const parent = firstLine(`${proc}/${parentPid}/comm`)
  return {
    uid,
    loginUid,
    user: userName(loginUid ?? uid),
    terminal: [0, 1, 2].map((fd) => terminalAt(`${proc}/self/fd/${fd}`)).find((name) => name !== undefined),
    parent: parent === undefined ? undefined : `${parent} (${parentPid})`,
  }
}

function loginUidIn(path: string): number | undefined {
  const line = firstLine(path)
  if (line === undefined || !/^\d+$/.test(line)) return undefined
  return Number(line) === NOBODY_LOGGED_IN ? undefined : Number(line)
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0]
  } catch {
    return undefined
  }
}

function terminalAt(path: string): string | undefined {
  try {
    const target = readlinkSync(path)
    return /^\/dev\/(pts\/\d+|tty\w+|console|hvc\d+)$/.test(target) ? target : undefined
  } catch {
    return undefined
  }
}

import { readFileSync, readlinkSync } from 'node:fs'
import type { Actor } from './host.ts'

/** What (uid_t) -1 is in /proc/self/loginuid: nobody logged in. pam_loginuid(8) */
const NOBODY_LOGGED_IN = 4_294_967_295

/** Where to look; tests have a /proc of their own. */
export interface ActorPlace {
  readonly proc: string
  readonly parentPid: () => number
}

const HERE: ActorPlace = { proc: '/proc', parentPid: () => process.ppid }

/** Who runs this process. A login survives sudo(8) and su(1): the name is that of whoever logged in, where known. */
export function actorOf(
  users: { name(uid: number): string | undefined },
  uid: number,
  { proc, parentPid }: ActorPlace = HERE,
): () => Actor {
  return () => {
    const loginUid = loginUidIn(`${proc}/self/loginuid`)
    const parent = parentPid()
    const parentName = firstLine(`${proc}/${parent}/comm`)
    return {
      uid,
      loginUid,
      user: users.name(loginUid ?? uid),
      terminal: [0, 1, 2].map((fd) => terminalAt(`${proc}/self/fd/${fd}`)).find((name) => name !== undefined),
      parent: parentName === undefined ? undefined : `${parentName} (${parent})`,
    }
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

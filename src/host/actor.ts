import { readFileSync, readlinkSync, statSync } from 'node:fs'
import type { Actor } from './host.ts'

/** What (uid_t) -1 is in /proc/self/loginuid: nobody logged in. pam_loginuid(8) */
const NOBODY_LOGGED_IN = 4_294_967_295

/** Where to look; tests have a /proc of their own. */
export interface ActorPlace {
  readonly proc: string
  readonly parentPid: () => number
}

const HERE: ActorPlace = { proc: '/proc', parentPid: () => process.ppid }

interface Names {
  name(uid: number): string | undefined
}

/** Who runs this process. A login survives sudo(8) and su(1): the name is that of whoever logged in, where known. */
export function actorOf(users: Names, uid: number, { proc, parentPid }: ActorPlace = HERE): () => Actor {
  let known: { readonly parent: number; readonly actor: Actor } | undefined
  return () => {
    const parent = parentPid()
    // Who runs us stays the same, unless we were left to somebody else.
    if (known?.parent !== parent) known = { parent, actor: actorAt(users, uid, proc, 'self', parent) }
    return known.actor
  }
}

/** Who runs another process, as far as we may see: one that asked us for something. */
export function actorOfPeer(users: Names, peer: { readonly pid: number; readonly uid: number }, proc = '/proc'): Actor {
  const { pid, uid } = peer
  // It may have ended, and its PID be somebody else's.
  if (ownerOf(`${proc}/${pid}`) === uid) return actorAt(users, uid, proc, String(pid), parentOf(`${proc}/${pid}/stat`))
  return { uid, loginUid: undefined, user: users.name(uid), terminal: undefined, parent: undefined }
}

function actorAt(users: Names, uid: number, proc: string, process: string, parent: number | undefined): Actor {
  const loginUid = loginUidIn(`${proc}/${process}/loginuid`)
  const parentName = parent === undefined ? undefined : firstLine(`${proc}/${parent}/comm`)
  return {
    uid,
    loginUid,
    user: users.name(loginUid ?? uid),
    terminal: [0, 1, 2].map((fd) => terminalAt(`${proc}/${process}/fd/${fd}`)).find((name) => name !== undefined),
    parent: parentName === undefined ? undefined : `${parentName} (${parent})`,
  }
}

function loginUidIn(path: string): number | undefined {
  const line = firstLine(path)
  if (line === undefined || !/^\d+$/.test(line)) return undefined
  return Number(line) === NOBODY_LOGGED_IN ? undefined : Number(line)
}

/** proc_pid_stat(5): the name before it, in parentheses, may hold anything. */
function parentOf(path: string): number | undefined {
  const line = firstLine(path)
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  const parent = Number(fields?.[1])
  return Number.isSafeInteger(parent) && parent > 0 ? parent : undefined
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
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

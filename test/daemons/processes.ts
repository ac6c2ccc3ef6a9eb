import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process of a test, named for ever by PID and start time. */
export interface Process {
  readonly pid: number
  readonly parent: number
  /** proc_pid_stat(5), field 22. */
  readonly startTime: string
  readonly commandLine: string
}

/** The living process of a PID; a zombie is dead. */
export function findProcess(pid: number): Process | undefined {
  const found = statOf(pid)
  if (found === undefined || found.state === 'Z' || found.state === 'X') return undefined
  const { parent, startTime } = found
  const commandLine = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
  return { pid, parent, startTime, commandLine }
}

export const isSameAndAlive = ({ pid, startTime }: Process): boolean => findProcess(pid)?.startTime === startTime

/** Alive, or a zombie. */
export const exists = ({ pid, startTime }: Process): boolean => statOf(pid)?.startTime === startTime

function statOf(pid: number): { state: string; parent: number; startTime: string } | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  // The name, in parentheses, may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]]
  return state === undefined || parent === undefined || startTime === undefined
    ? undefined
    : { state, parent: Number(parent), startTime }
}

/** What tells the processes of one test from all others on the host: nobody else uses either. */
export interface Mark {
  /** The unique path of a scratch directory. */
  readonly path: string
  readonly port: number | undefined
}

/**
 * Every living process that bears the mark (the path in its environment, command line, working directory or open
 * files; a listening socket on the port or under the path), and every descendant of one. Daemons overwrite the first
 * two, and php-fpm's workers keep nothing but the sockets.
 */
export function processesMarked(mark: Mark): readonly Process[] {
  const all = readNames('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => findProcess(Number(name)))
    .filter((found) => found !== undefined)
    .filter(({ pid }) => pid !== process.pid)
  const sockets = socketsMarked(mark)
  const marked = new Set(all.filter(({ pid }) => bearsMark(pid, mark.path, sockets)).map(({ pid }) => pid))
  for (let size = -1; size !== marked.size;) {
    size = marked.size
    for (const { pid, parent } of all) if (marked.has(parent)) marked.add(pid)
  }
  return all.filter(({ pid }) => marked.has(pid))
}

/** The processes whose parent is not of the group: one for each copy of a daemon, and one for each orphan. */
export function rootsOf(group: readonly Process[]): readonly Process[] {
  const pids = new Set(group.map(({ pid }) => pid))
  return group.filter(({ parent }) => !pids.has(parent))
}

/** Ends one process, if it still is the one that was found. */
export function killFound(found: Process): void {
  if (!isSameAndAlive(found)) return
  try {
    process.kill(found.pid, 'SIGKILL')
  } catch {
    // It ended by itself in this very moment.
  }
}

/** Whether anything listens on the port (TCP), or is bound to it (UDP), on any address. */
export const portIsHeld = (port: number): boolean => socketsOnPort(port).length > 0

/** The inodes of the sockets that listen on the port, or are bound to it. proc_pid_net(5) */
function socketsOnPort(port: number): readonly string[] {
  const LISTEN = '0A'
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    rowsOf(`/proc/net/${table}`)
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && (table.startsWith('udp') || state === LISTEN))
      .map((row) => row[9] ?? ''),
  )
}

function socketsMarked({ path, port }: Mark): ReadonlySet<string> {
  const unix = rowsOf('/proc/net/unix').filter((row) => row[7]?.startsWith(path))
  return new Set([...unix.map((row) => row[6] ?? ''), ...(port === undefined ? [] : socketsOnPort(port))])
}

const rowsOf = (table: string): readonly (readonly string[])[] =>
  readText(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))

function bearsMark(pid: number, path: string, sockets: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}`
  return (
    readText(`${directory}/cmdline`).includes(path) ||
    readText(`${directory}/environ`).includes(path) ||
    readLink(`${directory}/cwd`).startsWith(path) ||
    readNames(`${directory}/fd`)
      .map((fd) => readLink(`${directory}/fd/${fd}`))
      .some((file) => file.startsWith(path) || (file.startsWith('socket:[') && sockets.has(file.slice(8, -1))))
  )
}

/** What cannot be read is as good as empty: the process has ended, or is not ours to see. */
function readText(path: string): string {
  return orElse('', () => readFileSync(path, 'latin1'))
}

function readLink(path: string): string {
  return orElse('', () => readlinkSync(path))
}

function readNames(path: string): readonly string[] {
  return orElse([], () => readdirSync(path))
}

function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read()
  } catch {
    return fallback
  }
}

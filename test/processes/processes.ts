import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** One process, as /proc shows it: its PID and start time are its identity. */
export interface Process {
  readonly pid: number
  /** proc_pid_stat(5), field 22 */
  readonly startTime: number
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly name: string
}

/** Undefined if there is none; a zombie is one, of state Z. */
export function findProcess(pid: number): Process | undefined {
  if (!Number.isInteger(pid) || pid < 1) return undefined
  const text = textOf(`/proc/${pid}/stat`)
  const close = text.lastIndexOf(')')
  if (close < 0) return undefined
  const fields = text.slice(close + 2).split(' ')
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, close),
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: Number(fields[19]),
  }
}

export const isDead = (process: Process): boolean => process.state === 'Z' || process.state === 'X'

/** Whether some process has that number: a zombie, which whoever adopted it may reap late, is none. */
export function isAlive(pid: number): boolean {
  const found = findProcess(pid)
  return found !== undefined && !isDead(found)
}

/** The very process, and not its remains or a later one of its number. */
export function lives({ pid, startTime }: Pick<Process, 'pid' | 'startTime'>): boolean {
  const now = findProcess(pid)
  return now !== undefined && now.startTime === startTime && !isDead(now)
}

/** All living processes that have to do with a directory: by environment, arguments, output, or where they are. */
export function processesAt(directory: string): readonly Process[] {
  return allPids()
    .filter((pid) => mentions(pid, directory))
    .map(findProcess)
    .filter((process) => process !== undefined && !isDead(process))
    .filter((process) => process !== undefined)
}

const allPids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((entry) => /^[1-9]\d*$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && pid !== process.ppid)

function mentions(pid: number, directory: string): boolean {
  const at = (path: string): boolean => path === directory || path.startsWith(`${directory}/`)
  return (
    at(linkOf(`/proc/${pid}/cwd`)) ||
    at(linkOf(`/proc/${pid}/fd/1`)) ||
    at(linkOf(`/proc/${pid}/fd/2`)) ||
    textOf(`/proc/${pid}/cmdline`).includes(directory) ||
    textOf(`/proc/${pid}/environ`).includes(directory)
  )
}

/** Ends what is left at a directory, each by its identity, until nothing is; gives what there was. */
export function endAllAt(directory: string): readonly Process[] {
  const ended: Process[] = []
  for (let rounds = 0; rounds < 200; rounds += 1) {
    const left = processesAt(directory)
    if (left.length === 0) return ended
    for (const found of left) if (kill(found, 'SIGKILL') && !ended.some(sameAs(found))) ended.push(found)
  }
  throw new Error(`they do not end: ${processesAt(directory).map(describe).join('; ')}`)
}

const sameAs =
  (one: Process) =>
  (other: Process): boolean =>
    one.pid === other.pid && one.startTime === other.startTime

/** Signals one process, compared right before. False: it is gone. */
export function kill(victim: Pick<Process, 'pid' | 'startTime'>, signal: NodeJS.Signals): boolean {
  if (!lives(victim)) return false
  try {
    process.kill(victim.pid, signal)
    return true
  } catch {
    return false
  }
}

export const describe = ({ pid, name, state, parent }: Process): string =>
  `pid ${pid} (${name}, ${state}, child of ${parent}): ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

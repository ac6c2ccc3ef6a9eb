import { closeSync, openSync, readSync, readdirSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { SurveyedProcess } from './host.ts'
import { readProc } from './proc.ts'

/** sysconf(_SC_CLK_TCK), which is 100 for programs on every architecture of Linux that Node runs on. */
const TICK = 10
/** A new process may still be on its way into the cgroup that it is to be in. */
const SETTLED: Milliseconds = 2_000

/** Fields of proc_pid_stat(5), counted from the state, which follows the name. */
const FIELDS = { parent: 1, group: 2, session: 3, terminal: 4, user: 11, system: 12, threads: 17, startTime: 19 }
const WANTED = FIELDS.startTime + 1

const buffer = Buffer.allocUnsafe(4096)
const numbers = new Float64Array(WANTED)
const SPACE = 0x20
const DIGIT = 0x30
const CLOSE = 0x29

/** A class: there are as many as there are processes, each time somebody scrapes. */
class Surveyed implements SurveyedProcess {
  readonly pid: number
  readonly startTime: number
  readonly startedAt: EpochMilliseconds
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly terminal: number
  readonly name: string
  readonly cpuTime: Milliseconds
  readonly threads: number
  readonly cgroup: string | undefined

  constructor(pid: number, of: { name: string; state: string; startedAt: number; cgroup: string | undefined }) {
    this.pid = pid
    this.startTime = field('startTime')
    this.startedAt = of.startedAt
    this.state = of.state
    this.parent = field('parent')
    this.group = field('group')
    this.session = field('session')
    this.terminal = field('terminal')
    this.name = of.name
    this.cpuTime = (field('user') + field('system')) * TICK
    this.threads = field('threads')
    this.cgroup = of.cgroup
  }
}

interface Settled {
  readonly startTime: number
  readonly cgroup: string | undefined
}

const field = (name: keyof typeof FIELDS): number => numbers[FIELDS[name]] ?? 0

/**
 * Looks at all processes again and again: one file for each. The cgroup of a process is read until it has settled in
 * it; who is moved into another one later is not noticed.
 */
export class ProcessSurvey {
  readonly #bootedAt: () => EpochMilliseconds
  #settled = new Map<number, Settled>()

  constructor(bootedAt: () => EpochMilliseconds) {
    this.#bootedAt = bootedAt
  }

  take(): readonly SurveyedProcess[] {
    const found: SurveyedProcess[] = []
    const settled = new Map<number, Settled>()
    const bootedAt = this.#bootedAt()
    const now = Date.now()
    for (const entry of readdirSync('/proc')) {
      const first = entry.charCodeAt(0)
      if (first < 0x31 || first > 0x39) continue
      const length = readStat(entry)
      const close = length === undefined ? -1 : buffer.lastIndexOf(CLOSE, length - 1)
      if (length === undefined || close < 0) continue
      readNumbers(close + 2, length)
      const pid = Number(entry)
      const startTime = field('startTime')
      const startedAt = bootedAt + startTime * TICK
      const before = this.#settled.get(pid)
      const known = before?.startTime === startTime ? before : { startTime, cgroup: cgroupOf(entry) }
      if (now - startedAt > SETTLED) settled.set(pid, known)
      found.push(
        new Surveyed(pid, {
          name: buffer.toString('latin1', buffer.indexOf('(') + 1, close),
          state: String.fromCharCode(buffer[close + 2] ?? 0),
          startedAt,
          cgroup: known.cgroup,
        }),
      )
    }
    this.#settled = settled
    return found
  }
}

/** How many bytes of the buffer are the process's; undefined: it has gone. The kernel gives all of it at once. */
function readStat(pid: string): number | undefined {
  let fd: number | undefined
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r')
    return readSync(fd, buffer, 0, buffer.length, null)
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Words that are no numbers are taken for some; nobody asks for them. */
function readNumbers(from: number, to: number): void {
  let index = 0
  let value = 0
  for (let at = from; at < to && index < WANTED; at += 1) {
    const byte = buffer[at] ?? 0
    if (byte === SPACE) {
      numbers[index] = value
      index += 1
      value = 0
    } else value = value * 10 + (byte - DIGIT)
  }
}

/** Its place in the unified hierarchy: "/daemonctl/web". cgroups(7), /proc/PID/cgroup */
const cgroupOf = (pid: string): string | undefined => /^0::(.*)$/m.exec(readProc(`/proc/${pid}/cgroup`) ?? '')?.[1]

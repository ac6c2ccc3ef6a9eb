import { closeSync, openSync, readSync, readdirSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { SurveyedProcess } from './host.ts'
import { readProc } from './proc.ts'
import { TICK } from './process-stat.ts'

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

/** One for each process, filled anew at each look: as many new ones would keep the collector of garbage busy. */
class Surveyed implements SurveyedProcess {
  readonly pid: number
  startTime = 0
  startedAt: EpochMilliseconds = 0
  state = '?'
  parent = 0
  group = 0
  session = 0
  terminal = 0
  name = ''
  cpuTime: Milliseconds = 0
  threads = 0
  cgroup: string | undefined
  isSettled = false
  /** The look at which it was seen last. */
  look = 0

  constructor(pid: number) {
    this.pid = pid
  }
}

const field = (name: keyof typeof FIELDS): number => numbers[FIELDS[name]] ?? 0

/**
 * Looks at all processes again and again: one file for each. What a look gives is good until the next one. The cgroup
 * of a process is read until it has settled in it; who is moved into another one later is not noticed.
 */
export class ProcessSurvey {
  readonly #bootedAt: () => EpochMilliseconds
  readonly #known = new Map<number, Surveyed>()
  #looks = 0

  constructor(bootedAt: () => EpochMilliseconds) {
    this.#bootedAt = bootedAt
  }

  take(): readonly SurveyedProcess[] {
    const found: SurveyedProcess[] = []
    const bootedAt = this.#bootedAt()
    const now = Date.now()
    this.#looks += 1
    for (const entry of readdirSync('/proc')) {
      const first = entry.charCodeAt(0)
      if (first < 0x31 || first > 0x39) continue
      const length = fillBuffer(entry)
      const close = length === undefined ? -1 : buffer.lastIndexOf(CLOSE, length - 1)
      if (length === undefined || close < 0) continue
      readNumbers(close + 2, length)
      const process = this.#at(Number(entry), field('startTime'))
      process.look = this.#looks
      process.startedAt = bootedAt + process.startTime * TICK
      process.name = buffer.toString('latin1', buffer.indexOf('(') + 1, close)
      process.state = String.fromCharCode(buffer[close + 2] ?? 0)
      process.parent = field('parent')
      process.group = field('group')
      process.session = field('session')
      process.terminal = field('terminal')
      process.cpuTime = (field('user') + field('system')) * TICK
      process.threads = field('threads')
      if (!process.isSettled) {
        process.cgroup = cgroupOf(entry)
        process.isSettled = now - process.startedAt > SETTLED
      }
      found.push(process)
    }
    for (const [pid, { look }] of this.#known) if (look !== this.#looks) this.#known.delete(pid)
    return found
  }

  #at(pid: number, startTime: number): Surveyed {
    const known = this.#known.get(pid)
    if (known?.startTime === startTime) return known
    const made = new Surveyed(pid)
    made.startTime = startTime
    this.#known.set(pid, made)
    return made
  }
}

/** How many bytes of the buffer are the process's; undefined: it has gone. The kernel gives all of it at once. */
function fillBuffer(pid: string): number | undefined {
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

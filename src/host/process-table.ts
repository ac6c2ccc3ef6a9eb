import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import type { ProcessDetail, ProcessFacts, ProcessLooks, ProcessReading } from '../decide/process-facts.ts'
import type { ProcessTable } from './host.ts'
import { systemClock } from './clock.ts'
import { awaitedSignals } from './awaited-signals.ts'
import { formatSocket, listeningSockets } from './listening-sockets.ts'
import { newcomers } from './newcomers.ts'
import { readProc, readToken } from './proc.ts'
import { ALL_FIELDS, parseStat, readStat, TICK, type Stat } from './process-stat.ts'
import { ProcessSurvey } from './process-survey.ts'
import { readHoldings, readUsage } from './process-usage.ts'

/** The process table of Linux, read from /proc; what we make ourselves need not be looked for. proc(5) */
export function linuxProcessTable(isOwnChild: (pid: number) => boolean = () => false): ProcessTable {
  let bootId: string | undefined
  let pidMax: number | undefined
  let bootedAt: number | undefined
  let survey: ProcessSurvey | undefined
  const self = { pid: process.pid, uid: process.geteuid?.() ?? 0 }
  const table: ProcessTable = {
    self: () => self,
    bootId: () => (bootId ??= (readProc('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim()),
    pidMax: () => (pidMax ??= Number(readProc('/proc/sys/kernel/pid_max') ?? 4_194_304)),
    bootedAt: () => (bootedAt ??= Date.now() - uptime()),
    read: (pid, startTime) => readProcess(pid, table.bootedAt(), startTime),
    async list() {
      const found: ProcessFacts[] = []
      const since = table.bootedAt()
      for (const entry of readdirSync('/proc')) {
        const first = entry.charCodeAt(0)
        if (first < 0x31 || first > 0x39) continue
        const stat = readStat(entry)
        if (stat !== undefined) found.push(factsOf(stat, since))
      }
      return found
    },
    survey: () => (survey ??= new ProcessSurvey(() => table.bootedAt())).take(),
    madeSince: newcomers(isOwnChild, (pid) => {
      const stat = readStat(pid)
      return stat === undefined ? undefined : factsOf(stat, table.bootedAt())
    }),
    token: readToken,
    liveliness(pid) {
      const stat = readStat(String(pid))
      if (stat === undefined) return undefined
      const cpu = Number(stat.fields[11]) + Number(stat.fields[12])
      return { at: systemClock.monotonic(), cpu, waiting: stat.fields[0] === 'S' }
    },
    usage: readUsage,
    holdings: readHoldings,
    proportionalMemory: readPss,
    listening: (pids) => listeningSockets(pids).map(formatSocket),
  }
  return table
}

/**
 * Milliseconds since the boot. In a container /proc/uptime may be the container's own (lxcfs), while start times
 * still count from the boot: then we would seem to have started in the future, and a child's start tells.
 */
function uptime(): number {
  const claimed = Number((readProc('/proc/uptime') ?? '0').split(' ', 1)[0]) * 1000
  const ourStart = Number(readStat('self')?.fields[19] ?? 0) * TICK
  if (ourStart <= claimed + TICK) return claimed
  const child = spawnSync('/bin/cat', ['/proc/self/stat'], { encoding: 'latin1' }).stdout
  return Number(parseStat(child)?.fields[19] ?? ourStart / TICK) * TICK
}

function factsOf({ pid, name, fields }: Stat, bootedAt: number): ProcessFacts {
  const startTime = Number(fields[19])
  return {
    pid,
    name,
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    terminal: Number(fields[4]),
    startTime,
    startedAt: bootedAt + startTime * TICK,
  }
}

function readProcess(pid: number, bootedAt: number, knownStart?: number): ProcessReading {
  const stat = readStat(String(pid))
  if (stat === undefined) return unseen(pid)
  const facts = factsOf(stat, bootedAt)
  if (facts.startTime === knownStart) return { kind: 'seen', process: new DetailedProcess(facts) }
  const status = readStatus(pid)
  if (status === undefined) return unseen(pid)
  // /proc/N also exists where N is the number of a thread of another process.
  return status.process === pid ? { kind: 'seen', process: new DetailedProcess(facts, status) } : { kind: 'none' }
}

const unseen = (pid: number): ProcessReading => (lives(pid) ? { kind: 'hidden', pid } : { kind: 'none' })

interface ProcessStatus {
  /** The process of which this is a thread, or itself. */
  readonly process: number
  readonly uid: number
  readonly effectiveUid: number
  readonly gid: number
  readonly caughtSignals: bigint
  readonly ignoredSignals: bigint
}

/** A process that has ended meanwhile runs as nobody, and catches nothing. */
const ENDED: ProcessStatus = { process: 0, uid: -1, effectiveUid: -1, gid: -1, caughtSignals: 0n, ignoredSignals: 0n }

/** A class, because a thousand daemons may be looked at, and most of this is asked of few. */
class DetailedProcess implements ProcessDetail {
  readonly pid: number
  readonly startTime: number
  readonly startedAt: number
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly terminal: number
  readonly name: string
  #status: ProcessStatus | undefined

  constructor(facts: ProcessFacts, status?: ProcessStatus) {
    this.pid = facts.pid
    this.startTime = facts.startTime
    this.startedAt = facts.startedAt
    this.state = facts.state
    this.parent = facts.parent
    this.group = facts.group
    this.session = facts.session
    this.terminal = facts.terminal
    this.name = facts.name
    this.#status = status
  }

  get uid(): number {
    return this.#detail().uid
  }

  get effectiveUid(): number {
    return this.#detail().effectiveUid
  }

  get caughtSignals(): bigint {
    return this.#detail().caughtSignals | awaitedSignals(this.pid)
  }

  get ignoredSignals(): bigint {
    return this.#detail().ignoredSignals
  }

  get executable(): string | undefined {
    return executableOf(this.pid)
  }

  #detail(): ProcessStatus {
    return (this.#status ??= readStatus(this.pid) ?? ENDED)
  }
}

/** What a process of the list looks like. */
export const looksOf = (facts: ProcessFacts): ProcessFacts & ProcessLooks => new SeenProcess(facts)

/** A class, because there are as many of them as there are processes, each time somebody looks. */
class SeenProcess implements ProcessFacts, ProcessLooks {
  readonly pid: number
  readonly startTime: number
  readonly startedAt: number
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly terminal: number
  readonly name: string
  #status: ProcessStatus | undefined
  #argv: readonly string[] | undefined

  constructor(facts: ProcessFacts) {
    this.pid = facts.pid
    this.startTime = facts.startTime
    this.startedAt = facts.startedAt
    this.state = facts.state
    this.parent = facts.parent
    this.group = facts.group
    this.session = facts.session
    this.terminal = facts.terminal
    this.name = facts.name
  }

  get argv(): readonly string[] {
    return (this.#argv ??= readArguments(this.pid))
  }

  get uid(): number {
    return this.#detail().uid
  }

  get effectiveUid(): number {
    return this.#detail().effectiveUid
  }

  get gid(): number {
    return this.#detail().gid
  }

  get executable(): string | undefined {
    return executableOf(this.pid)
  }

  #detail(): ProcessStatus {
    return (this.#status ??= readStatus(this.pid) ?? ENDED)
  }
}

/** A program that retitles itself leaves the rest of the room that its arguments had filled with zeros. */
function readArguments(pid: number): readonly string[] {
  const bytes = (readProc(`/proc/${pid}/cmdline`) ?? '').replace(/\0+$/, '')
  return bytes === '' ? [] : Buffer.from(bytes, 'latin1').toString('utf8').split('\0')
}

function readStatus(pid: number): ProcessStatus | undefined {
  const text = readProc(`/proc/${pid}/status`, true)
  if (text === undefined) return undefined
  const field = (name: string): string => {
    const at = text.indexOf(`\n${name}:\t`)
    return at < 0 ? '' : text.slice(at + name.length + 3, text.indexOf('\n', at + 1))
  }
  const [uid, effectiveUid] = field('Uid').split('\t').map(Number)
  return {
    process: Number(field('Tgid')),
    uid: uid ?? -1,
    effectiveUid: effectiveUid ?? -1,
    gid: Number(field('Gid').split('\t')[0] || -1),
    caughtSignals: BigInt(`0x${field('SigCgt') || '0'}`),
    ignoredSignals: BigInt(`0x${field('SigIgn') || '0'}`),
  }
}

/** kill(2) with signal 0: EPERM means that it lives and is not ours. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The path without the mark that a replaced program (an upgrade) bears. proc_pid_exe(5) */
function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  } catch {
    return undefined
  }
}

/** The wait status that a zombie keeps for its parent. proc_pid_stat(5), field 52 */
export function zombieStatus(pid: number): number | undefined {
  const fields = readStat(String(pid), ALL_FIELDS)?.fields
  return fields?.[0] === 'Z' && fields[49] !== undefined ? Number(fields[49]) : undefined
}

/** R, S, Z ...: proc_pid_stat(5), field 3; undefined: it is not there. */
export const processState = (pid: number): string | undefined => readStat(String(pid))?.fields[0]

/** proc_pid_smaps(5), smaps_rollup */
function readPss(pid: number): number | undefined {
  const pss = /^Pss:\s*(\d+)/m.exec(readProc(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
  return pss === undefined ? undefined : Number(pss) * 1024
}

import { spawnSync } from 'node:child_process'
import type { ProcessDetail, ProcessFacts, ProcessLooks } from '../decide/process-facts.ts'
import { systemClock } from './clock.ts'
import type { ProcessTable } from './host.ts'

/**
 * The process table where there is no /proc (macOS, the BSDs): ps(1) for one process, ps-list for all of them.
 * Start times have a grain of one second, dispositions of signals cannot be seen (all count as caught: a
 * reload by a signal that the daemon does not handle is not noticed), and the boot is told by its time.
 */
export function portableProcessTable(): ProcessTable {
  const self = { pid: process.pid, uid: process.geteuid?.() ?? 0 }
  const bootedAt = (): number => {
    const text = output('sysctl', ['-n', 'kern.boottime'])
    return Number(/sec = (\d+)/.exec(text)?.[1] ?? 0) * 1000
  }
  const table: ProcessTable = {
    self: () => self,
    bootId: () => output('sysctl', ['-n', 'kern.bootsessionuuid']).trim() || `booted-${bootedAt()}`,
    bootedAt,
    pidMax: () => 99_999,
    read(pid) {
      const line = output('ps', ['-o', COLUMNS, '-p', String(pid)])
      const seen = parsePs(line)
      return seen === undefined ? { kind: 'none' } : { kind: 'seen', process: seen }
    },
    async list() {
      const { default: psList } = await import('ps-list')
      const listed = await psList()
      const detail = new Map(
        output('ps', ['-axo', COLUMNS])
          .split('\n')
          .map(parsePs)
          .filter((process) => process !== undefined)
          .map((process) => [process.pid, process]),
      )
      return listed.map(
        (process): ProcessFacts => detail.get(process.pid) ?? bare(process.pid, process.ppid, process.name),
      )
    },
    async madeSince() {
      const all = await table.list()
      return all.map((process) => ({ ...process, token: () => table.token(process.pid) }))
    },
    token: () => ({ kind: 'unreadable' }),
    listening: () => [],
    liveliness(pid) {
      const [state, time] = output('ps', ['-o', 'state=,time=', '-p', String(pid)])
        .trim()
        .split(/\s+/)
      if (state === undefined || state === '') return undefined
      return { at: systemClock.monotonic(), cpu: seconds(time ?? '0') * 100, waiting: /^[SI]/.test(state) }
    },
    proportionalMemory: () => undefined,
    usage(pid) {
      const [rss, time] = output('ps', ['-o', 'rss=,time=', '-p', String(pid)])
        .trim()
        .split(/\s+/)
      if (rss === undefined || rss === '') return undefined
      return { rss: Number(rss) * 1024, cpuTime: seconds(time ?? '0') * 1000, descriptors: undefined, threads: 1 }
    },
    holdings: (pid) => table.usage(pid),
    survey: () => undefined,
  }
  return table
}

/** What a process of the list looks like. ps(1) is asked about all of them once, for one look at them; words are parted by blanks only. */
export function portableLooksOf(process: ProcessFacts): ProcessFacts & ProcessLooks {
  const looks = (): ProcessLooks => allLooks().get(process.pid) ?? GONE
  return {
    ...process,
    get argv() {
      return looks().argv
    },
    get uid() {
      return looks().uid
    },
    get effectiveUid() {
      return looks().effectiveUid
    },
    get gid() {
      return looks().gid
    },
    get executable() {
      return looks().executable
    },
  }
}

const GONE: ProcessLooks = { argv: [], uid: -1, effectiveUid: -1, gid: -1, executable: undefined }
/** How long one look takes at most. */
const ONE_LOOK = 200
let known: { readonly at: number; readonly looks: ReadonlyMap<number, ProcessLooks> } | undefined

function allLooks(): ReadonlyMap<number, ProcessLooks> {
  const at = systemClock.monotonic()
  if (known !== undefined && at - known.at < ONE_LOOK) return known.looks
  const looks = new Map<number, ProcessLooks>()
  for (const line of output('ps', ['-axo', 'pid=,ruid=,uid=,rgid=,command=']).split('\n')) {
    const [pid, uid = -1, effectiveUid = -1, gid = -1] = line.trim().split(/\s+/, 4).map(Number)
    const argv = line.trim().split(/\s+/).slice(4)
    const executable = argv[0]?.startsWith('/') === true ? argv[0] : undefined
    if (pid !== undefined) looks.set(pid, { argv, uid, effectiveUid, gid, executable })
  }
  known = { at, looks }
  return looks
}

const COLUMNS = 'pid=,ppid=,pgid=,sess=,uid=,state=,lstart=,comm='

function parsePs(line: string): ProcessDetail | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(
    line,
  )
  if (match === null) return undefined
  const [, pid, parent, group, session, uid, state, started, command] = match
  const startedAt = Date.parse(started ?? '')
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: Number.parseInt(session ?? '0', 16) || Number(group),
    terminal: 0,
    uid: Number(uid),
    effectiveUid: Number(uid),
    state: (state ?? '?').charAt(0),
    startedAt,
    startTime: startedAt / 1000,
    name: (command ?? '').split('/').at(-1) ?? '',
    executable: command?.startsWith('/') === true ? command : undefined,
    caughtSignals: (1n << 64n) - 1n,
    ignoredSignals: 0n,
  }
}

const bare = (pid: number, parent: number, name: string): ProcessFacts => ({
  pid,
  parent,
  name,
  group: 0,
  session: 0,
  terminal: 0,
  state: '?',
  startTime: 0,
  startedAt: 0,
})

/** "1:02.50" and "1-02:03:04" as ps(1) writes CPU time. */
const seconds = (time: string): number =>
  time
    .split(/[-:]/)
    .map(Number)
    .reduce((total, part) => total * 60 + part, 0)

const output = (program: string, args: readonly string[]): string =>
  spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).stdout ?? ''

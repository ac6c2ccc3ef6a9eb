import { defaultAction, signalNumber, type SignalName } from '../../src/base/signals.ts'
import type { Milliseconds } from '../../src/base/duration.ts'
import type { Exit } from '../../src/host/host.ts'
import type { EpochMilliseconds, ProcessDetail } from '../../src/decide/process-facts.ts'
import type { Program } from './program.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

export interface Process {
  readonly pid: number
  readonly startTime: number
  readonly boot: string
  parent: number
  group: number
  session: number
  terminal: number
  uid: number
  executable: string
  cgroup: string | undefined
  token: string | undefined
  state: 'S' | 'T' | 'D' | 'Z'
  busyUntil: Milliseconds
  readonly reactions: Map<SignalName, 'ignores' | (() => void)>
  readonly pending: SignalName[]
  readonly onEnd: (() => void)[]
  exit: Exit | undefined
  /** The truth, which nobody in the world can see: to what it belongs, and to which start of it. */
  of: string
  launch: number
  role: 'init' | 'gate' | 'launcher' | 'main' | 'worker' | 'other'
  program: Program | undefined
}

/** A signal that was delivered, and the process that it hit. */
export interface Delivery {
  readonly by: string
  readonly signal: SignalName
  readonly process: Process
}

/** Few PIDs, so that they are soon given again. */
const FIRST_PID = 300
const PID_MAX = 345
const TICK: Milliseconds = 10

/** Processes as proc(5), fork(2), kill(2) and wait(2) have them, made of data. */
export class Kernel {
  readonly deliveries: Delivery[] = []
  /** Every process there ever was. */
  readonly everybody: Process[] = []
  readonly table = new Map<number, Process>()
  bootId = 'boot-1'
  /** What the wall clock says more than the timeline. */
  wallOffset: EpochMilliseconds = 1_700_000_000_000
  readonly pidMax = PID_MAX
  readonly init: Process
  /** Hears of every process that begins to be a main process. */
  onMain: (process: Process) => void = () => {}
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #freed = new Map<number, number>()
  #lastPid = FIRST_PID - 1
  #bootedAt: Milliseconds = 0

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline
    this.#random = random
    this.init = this.#add(1, { of: 'init', role: 'init', executable: '/sbin/init', session: 1, group: 1, parent: 0 })
  }

  /** Since the boot. */
  get ticks(): number {
    return Math.floor((this.#timeline.now - this.#bootedAt) / TICK)
  }

  /** By the wall clock as it is now set. */
  get bootedAt(): EpochMilliseconds {
    return this.#bootedAt + this.wallOffset
  }

  get wall(): EpochMilliseconds {
    return this.#timeline.now + this.wallOffset
  }

  /** A child as fork(2) makes it: everything is its parent's, but PID and start. `at` asks for one PID. */
  fork(parent: Process, differences: Partial<Process> = {}, at?: number): Process {
    const pid = at !== undefined && this.isFree(at) ? at : this.#nextPid()
    const { group, session, terminal, uid, executable, cgroup, token, of, launch, program } = parent
    return this.#add(pid, {
      parent: parent.pid,
      group,
      session,
      terminal,
      uid,
      executable,
      cgroup,
      token,
      of,
      launch,
      program,
      ...differences,
    })
  }

  setsid(process: Process): void {
    Object.assign(process, { session: process.pid, group: process.pid, terminal: 0 })
  }

  becomesMain(process: Process): void {
    process.role = 'main'
    this.onMain(process)
  }

  /** kill(2). False: there is nobody. */
  deliver(by: string, process: Process, signal: SignalName): boolean {
    if (!isLiving(process)) return this.table.get(process.pid) === process
    this.deliveries.push({ by, signal, process })
    if (signal === 'KILL') this.#killed(process)
    else if (signal === 'CONT') this.#continued(process)
    else if (process.state === 'T') process.pending.push(signal)
    else this.#react(process, signal)
    return true
  }

  end(process: Process, exit: Exit): void {
    if (process.state === 'Z' || this.table.get(process.pid) !== process) return
    process.state = 'Z'
    process.exit = exit
    for (const child of this.table.values()) {
      if (child.parent !== process.pid) continue
      child.parent = 1
    }
    for (const react of process.onEnd.splice(0)) react()
    const parent = this.table.get(process.parent)
    const soon = parent?.of === 'daemonctl' ? 1 : this.#random.between(1, 300)
    this.#timeline.after(soon, () => this.#reap(process))
  }

  /** Of those who are alive. */
  living(of?: string): readonly Process[] {
    return [...this.table.values()].filter(
      (process) => isLiving(process) && process.pid !== 1 && (of === undefined || process.of === of),
    )
  }

  isFree(pid: number): boolean {
    if (pid < FIRST_PID || pid > PID_MAX || this.table.has(pid)) return false
    // Going round all PIDs takes longer than a tick, and a session or group keeps its number while it lives.
    if ((this.#freed.get(pid) ?? -1) >= this.ticks) return false
    return ![...this.table.values()].some((process) => process.session === pid || process.group === pid)
  }

  /** What proc(5) shows. */
  detail(process: Process): ProcessDetail {
    const { pid, startTime, parent, group, session, terminal, uid, executable, reactions } = process
    const bits = (caught: boolean): bigint =>
      [...reactions]
        .filter(([, reaction]) => (reaction !== 'ignores') === caught)
        .reduce((sum, [signal]) => sum | (1n << BigInt(signalNumber(signal) - 1)), 0n)
    return {
      pid,
      startTime,
      parent,
      group,
      session,
      terminal,
      uid,
      effectiveUid: uid,
      executable,
      startedAt: startTime * TICK + this.bootedAt,
      state: process.state === 'S' && this.#timeline.now < process.busyUntil ? 'R' : process.state,
      name: executable.slice(executable.lastIndexOf('/') + 1, 15),
      caughtSignals: bits(true),
      ignoredSignals: bits(false),
    }
  }

  /** Everything that ran is gone, and time begins anew. */
  reboot(): void {
    for (const process of this.table.values()) {
      if (process.pid === 1) continue
      process.state = 'Z'
      process.onEnd.splice(0)
    }
    this.table.clear()
    this.table.set(1, this.init)
    this.#freed.clear()
    this.bootId = `boot-${Number(this.bootId.slice(5)) + 1}`
    this.#lastPid = FIRST_PID - 1
    this.#bootedAt = this.#timeline.now
  }

  #add(pid: number, given: Partial<Process>): Process {
    const process: Process = {
      pid,
      startTime: this.ticks,
      parent: 1,
      group: pid,
      session: pid,
      terminal: 0,
      uid: 0,
      executable: '/bin/sh',
      cgroup: undefined,
      token: undefined,
      state: 'S',
      busyUntil: 0,
      exit: undefined,
      of: 'stranger',
      launch: 0,
      role: 'other',
      program: undefined,
      boot: this.bootId,
      ...given,
      reactions: new Map(),
      pending: [],
      onEnd: [],
    }
    this.table.set(pid, process)
    this.everybody.push(process)
    return process
  }

  #nextPid(): number {
    for (let tries = 0; tries <= PID_MAX; tries += 1) {
      this.#lastPid = this.#lastPid >= PID_MAX ? FIRST_PID : this.#lastPid + 1
      if (this.isFree(this.#lastPid)) return this.#lastPid
    }
    throw new Error('there is no PID left in this world')
  }

  #reap(process: Process): void {
    if (this.table.get(process.pid) !== process) return
    this.table.delete(process.pid)
    this.#freed.set(process.pid, this.ticks)
  }

  #killed(process: Process): void {
    const exit: Exit = { kind: 'signal', signal: 'KILL' }
    const hangs = process.role === 'main' ? (process.program?.hangs ?? 0) : 0
    if (hangs === 0) return this.end(process, exit)
    process.state = 'D'
    this.#timeline.after(hangs, () => this.end(process, exit))
  }

  #continued(process: Process): void {
    if (process.state === 'T') process.state = 'S'
    for (const signal of process.pending.splice(0)) if (isLiving(process)) this.#react(process, signal)
  }

  #react(process: Process, signal: SignalName): void {
    const reaction = process.reactions.get(signal)
    if (reaction === 'ignores' || process.state === 'D') return
    if (reaction !== undefined) return reaction()
    const action = defaultAction(signal)
    if (action === 'terminate') this.end(process, { kind: 'signal', signal })
    if (action === 'stop') process.state = 'T'
  }
}

export const isLiving = (process: Process): boolean => process.state !== 'Z'

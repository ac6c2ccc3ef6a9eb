import type { Milliseconds } from '../../src/base/duration.ts'
import type { SignalName } from '../../src/base/signals.ts'
import type { Probe } from '../../src/definition/definition.ts'
import type { Identity } from '../../src/decide/identity.ts'
import type { DaemonRecord } from '../../src/decide/record.ts'
import type { Notification } from '../../src/decide/watch/notification.ts'
import type { CommandOutcome, CommandRequest, HistoryEntry, Wish } from '../../src/host/host.ts'
import { isLiving, Kernel, type Process } from './kernel.ts'
import { OBEDIENT, type Program } from './program.ts'
import { Random } from './random.ts'
import { Timeline, turn } from './timeline.ts'

export interface FileInWorld {
  readonly text: string
  readonly writtenAt: number
  readonly inode: number
  readonly doubt: { readonly why: string; readonly writer: number | undefined } | undefined
}

/** What a command does when it is run: how long it takes, how it ends, and what it does at its end. */
export interface Script {
  readonly takes: Milliseconds
  readonly outcome: Partial<CommandOutcome>
  readonly does?: (request: CommandRequest) => void
}

export interface Lock {
  readonly holders: Set<object>
  holder: string
  readonly waiters: (() => void)[]
}

/** A computer made of data: nothing in it is real but the code under test. */
export class World {
  readonly random: Random
  readonly timeline: Timeline
  readonly kernel: Kernel
  readonly programs = new Map<string, Program>()
  readonly files = new Map<string, FileInWorld>()
  readonly directories = new Set(['/', '/run/daemonctl', '/var/log/daemonctl'])
  readonly records = new Map<string, DaemonRecord | 'damaged'>()
  readonly lastGood = new Map<string, string>()
  readonly wishes = new Map<string, Wish>()
  readonly history = new Map<string, HistoryEntry[]>()
  readonly locks = new Map<string, Lock>()
  readonly cgroups = new Set<string>()
  /** By the first word of the command. Any other succeeds at once. */
  readonly scripts = new Map<string, Script>()
  readonly users = new Map<string, number>([
    ['root', 0],
    ['www', 33],
  ])
  /** PIDs whose facts are hidden. */
  readonly hidden = new Set<number>()
  hasCgroups = false
  /** Time that may go by between any two calls of the host: so others do what they do at any moment. */
  jitter: Milliseconds = 0
  /** Who hears what daemons say of themselves, by key. sd_notify(3) */
  readonly ears = new Map<string, (said: Notification) => void>()
  /** When a probe succeeds: asked again and again. */
  probe: (probe: Probe) => boolean = () => true
  #inodes = 0
  #launches = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    this.timeline = new Timeline(this.random)
    this.kernel = new Kernel(this.timeline, this.random)
    this.install(OBEDIENT)
  }

  install(program: Program): void {
    this.programs.set(program.path, program)
  }

  newLaunch(): number {
    this.#launches += 1
    return this.#launches
  }

  writeFile(path: string, text: string, more: Partial<FileInWorld> = {}): void {
    this.#inodes += 1
    this.files.set(path, { text, writtenAt: this.kernel.wall, inode: this.#inodes, doubt: undefined, ...more })
  }

  fileText(path: string): string | undefined {
    return this.files.get(path)?.text
  }

  lock(key: string): Lock {
    const lock = this.locks.get(key) ?? { holders: new Set<object>(), holder: '', waiters: [] }
    this.locks.set(key, lock)
    return lock
  }

  /** flock(2): free again when the last who holds it lets go or dies. */
  unlock(key: string, holder: object): void {
    const lock = this.lock(key)
    if (!lock.holders.delete(holder) || lock.holders.size > 0) return
    for (const wake of lock.waiters.splice(0)) this.timeline.after(this.random.between(0, 2), wake)
  }

  /** Some process that has nothing to do with the daemon; at a certain PID if that is free. */
  stranger(differences: Partial<Process> = {}, at?: number): Process {
    const stranger = this.kernel.fork(this.kernel.init, { of: 'stranger', role: 'other', ...differences }, at)
    if (differences.session === undefined) {
      stranger.session = stranger.pid
      stranger.group = stranger.pid
    }
    return stranger
  }

  /** The living main processes of a daemon. */
  mains(of = 'app'): readonly Process[] {
    return this.kernel.living(of).filter((process) => process.role === 'main')
  }

  /** Everything of a daemon that lives: main process, workers, launchers, what waits at the gate. */
  allOf(of = 'app'): readonly Process[] {
    return this.kernel.living(of)
  }

  find({ pid, startTime, bootId }: Identity): Process | undefined {
    return this.kernel.everybody.find(
      (process) => process.pid === pid && process.startTime === startTime && process.boot === bootId,
    )
  }

  signalsTo(process: Process): readonly SignalName[] {
    return this.kernel.deliveries.filter((delivery) => delivery.process === process).map(({ signal }) => signal)
  }

  members(cgroup: string): readonly Process[] {
    return [...this.kernel.table.values()].filter((process) => process.cgroup === cgroup && isLiving(process))
  }

  /** Somebody else's time: what is due within `span` happens. */
  async pass(span: Milliseconds): Promise<void> {
    const until = this.timeline.now + span
    const state = { over: false }
    this.timeline.after(span, () => (state.over = true))
    for (await turn(); !state.over; await turn()) this.timeline.step()
    this.timeline.now = Math.max(this.timeline.now, until)
  }

  /** Lets time go on until the work is done. Work that nothing in the world can bring to its end is a failure. */
  async until<T>(work: Promise<T>, limit: Milliseconds = 3_600_000): Promise<T> {
    const state = { settled: false }
    const settled = work.finally(() => (state.settled = true))
    // Whether it failed is for who awaits the work to see.
    settled.catch(() => {})
    const end = this.timeline.now + limit
    for (await turn(); !state.settled; await turn()) {
      if (this.timeline.now > end) throw new Error(`this takes longer than ${limit} ms of the world's time`)
      if (!this.timeline.step()) throw new Error('this waits for something that can never happen')
    }
    return work
  }

  /** The next boot: what was in memory only is gone, what was on disk is not. */
  reboot(): void {
    this.kernel.reboot()
    for (const path of this.files.keys()) if (path.startsWith('/run/')) this.files.delete(path)
    this.records.clear()
    this.locks.clear()
    this.cgroups.clear()
    this.timeline.pass(5_000)
  }
}

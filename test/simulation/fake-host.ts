import { failure, type Failure } from '../../src/base/failure.ts'
import { formatDuration, type Milliseconds } from '../../src/base/duration.ts'
import { err, ok, type Result } from '../../src/base/result.ts'
import { parsePidfile, type PidfileReading } from '../../src/decide/pidfile.ts'
import type { Identity } from '../../src/decide/identity.ts'
import type { ProcessReading } from '../../src/decide/process-facts.ts'
import type { Notification } from '../../src/decide/watch/notification.ts'
import type {
  Actor,
  CommandOutcome,
  Credentials,
  Exit,
  GatedProcess,
  HeldLock,
  Host,
  SpawnRequest,
} from '../../src/host/host.ts'
import { execute } from './execute.ts'
import { isLiving, type Process } from './kernel.ts'
import { NO_CAPTURES, NO_LOGS } from './no-logs.ts'
import type { World } from './world.ts'

/** One thing that was done to the world. */
export interface Effect {
  readonly name: EffectName
  /** What it was done with: a signal, a path, the words of a command. */
  readonly with: string
}

export type EffectName =
  | 'lock'
  | 'signal'
  | 'spawn'
  | 'release'
  | 'command'
  | 'write pidfile'
  | 'remove pidfile'
  | 'write record'
  | 'remove record'
  | 'write last good'
  | 'wish'
  | 'history'
  | 'join cgroup'
  | 'kill cgroup'
  | 'remove cgroup'
  | 'make directory'
  | 'touch'
  | 'remove file'

/** daemonctl is killed there: before or after its so manieth effect. */
export interface Fault {
  readonly effect: number
  readonly when: 'before' | 'after'
}

const USAGE = { rss: 1 << 20, cpuTime: 250, descriptors: 12, threads: 2 }

/** Unwinds a daemonctl that was killed. Nothing catches it but who plays the operator. */
export class Killed extends Error {}

export interface FakeHostOptions {
  readonly uid?: number
  readonly fault?: Fault
  /** The process that ran daemonctl, a shell for example. */
  readonly parent?: Process
}

/** The host of one daemonctl process in a simulated world. It can be killed at any of its effects, or at any time. */
export class FakeHost implements Host {
  readonly world: World
  readonly self: Process
  readonly effects: Effect[] = []
  /** Resolves when this daemonctl is killed. */
  readonly killed: Promise<'killed'>
  readonly environment = { PATH: '/home/ann/bin:/usr/bin', TERM: 'xterm' }
  readonly #fault: Fault | undefined
  readonly #locked = new Set<string>()
  readonly #gates: (() => void)[] = []
  #dead = false
  #sayKilled: (word: 'killed') => void = () => {}

  constructor(world: World, { uid = 0, fault, parent }: FakeHostOptions = {}) {
    this.world = world
    this.#fault = fault
    this.self = world.kernel.fork(parent ?? world.kernel.init, {
      uid,
      of: 'daemonctl',
      role: 'other',
      executable: '/usr/bin/node',
      token: undefined,
      cgroup: undefined,
    })
    if (parent === undefined) world.kernel.setsid(this.self)
    this.killed = new Promise((resolve) => (this.#sayKilled = resolve))
  }

  get dead(): boolean {
    return this.#dead
  }

  /** SIGKILL: what the kernel then does for it, it does. */
  kill(): void {
    if (this.#dead) return
    this.#dead = true
    this.#leave({ kind: 'signal', signal: 'KILL' })
    for (const close of this.#gates.splice(0)) close()
    this.#sayKilled('killed')
  }

  /** Its work is done, and it ends. */
  exit(): void {
    if (!this.#dead) this.#leave({ kind: 'code', code: 0 })
  }

  readonly clock: Host['clock'] = {
    now: () => this.world.kernel.wall,
    monotonic: () => this.world.timeline.now,
    sleep: (span, signal) =>
      this.#eventually<void>(
        (resolve) => {
          const over = (): void => {
            callOff()
            signal?.removeEventListener('abort', over)
            resolve()
          }
          const callOff = this.world.timeline.after(span, over)
          signal?.addEventListener('abort', over)
        },
        signal,
        undefined,
      ),
  }

  readonly processes: Host['processes'] = {
    bootId: () => this.world.kernel.bootId,
    bootedAt: () => this.world.kernel.bootedAt,
    pidMax: () => this.world.kernel.pidMax,
    self: () => ({ pid: this.self.pid, uid: this.self.uid }),
    read: (pid) => this.#look(() => this.#read(pid)),
    list: () => this.#later(2, () => this.#listed()),
    madeSince: (since) =>
      this.#later(1, () =>
        this.#listed()
          .filter(({ pid }) => pid > since)
          .map((process) => ({ ...process, token: () => this.processes.token(process.pid) })),
      ),
    token: (pid) =>
      this.#look(() => {
        const token = this.#living(pid)?.token
        return token === undefined ? { kind: 'none' } : { kind: 'token', token }
      }),
    liveliness: (pid) =>
      this.#look(() => {
        const process = this.#living(pid)
        const { now } = this.world.timeline
        if (process === undefined) return undefined
        const busy = now < process.busyUntil
        return { at: now, cpu: busy ? now : Math.min(process.busyUntil, now), waiting: !busy }
      }),
    proportionalMemory: () => 1 << 19,
    usage: (pid) => (this.#living(pid) === undefined ? undefined : USAGE),
    holdings: (pid) => this.processes.usage(pid),
    survey: () =>
      this.#look(() =>
        this.#listed().map((process) => ({ ...process, ...USAGE, cgroup: this.#living(process.pid)?.cgroup ?? '/' })),
      ),
    listening: () => ['tcp 127.0.0.1:80'],
  }

  readonly signaller: Host['signaller'] = {
    prepare: () => {},
    notices: () => 'told',
    send: (identity, signal) =>
      this.#effect('signal', `${signal} ${identity.pid}`, () => {
        const process = this.#identified(identity)
        if (process === undefined) return 'gone'
        if (this.self.uid !== 0 && this.self.uid !== process.uid) return 'not-permitted'
        return this.world.kernel.deliver(this.#name, process, signal) ? 'sent' : 'gone'
      }),
    ended: (identity, signal) => {
      const process = this.#look(() => this.#identified(identity))
      return this.#eventually<Exit | undefined>(
        (resolve) => {
          if (process === undefined || !isLiving(process)) return resolve(process?.exit ?? { kind: 'unseen' })
          process.onEnd.push(() => this.world.timeline.after(0, () => resolve(process.exit ?? { kind: 'unseen' })))
          signal.addEventListener('abort', () => resolve(undefined))
        },
        signal,
        undefined,
      )
    },
  }

  readonly spawner: Host['spawner'] = {
    spawn: (request) => {
      const gated = this.#effect('spawn', request.argv.join(' '), () => this.#spawn(request))
      return this.#later(3, () => ok(gated))
    },
    resolve: (program, path) => {
      const candidates = program.includes('/') ? [program] : path.split(':').map((place) => `${place}/${program}`)
      return candidates.find((candidate) => this.world.programs.has(candidate))
    },
    misfit: (pid, { uid, user }) => {
      const found = this.#look(() => this.#living(pid)?.uid)
      return found === undefined || found === uid ? undefined : `its uid is ${found} instead of ${uid} (${user})`
    },
  }

  readonly commands: Host['commands'] = {
    run: (request) => {
      const script = this.#effect('command', request.command.argv.join(' '), () =>
        this.world.scripts.get(request.command.argv[0] ?? ''),
      )
      const takes = script?.takes ?? 5
      const outcome: CommandOutcome = {
        exit: {
          kind: 'code',
          code: 0,
        },
        timedOut: takes > request.within,
        output: [],
        unable: undefined,
        ...script?.outcome,
      }
      return this.#later(Math.min(takes, request.within), () => {
        if (!outcome.timedOut) script?.does?.(request)
        return outcome
      })
    },
  }

  readonly probes: Host['probes'] = {
    succeeds: (probe, _context, signal) =>
      this.#eventually<boolean>(
        (resolve) => {
          const ask = (): void => {
            if (signal.aborted) return
            if (this.world.probe(probe)) resolve(true)
            else this.world.timeline.after(20, ask)
          }
          this.world.timeline.after(1, ask)
          signal.addEventListener('abort', () => resolve(false))
        },
        signal,
        false,
      ),
    isWell: async (probe) => this.world.probe(probe),
    answers: async () => false,
    notifySupport: () => ok(undefined),
  }

  readonly ears: Host['ears'] = {
    open: (key, _speaker, heard) => {
      const { ears } = this.world
      const say = (said: Notification): void => {
        if (!this.#dead) heard(said)
      }
      ears.set(key, say)
      return ok({ listen: () => {}, close: () => void (ears.get(key) === say && ears.delete(key)) })
    },
    isTaken: (key) => this.world.ears.has(key),
  }

  readonly pidfiles: Host['pidfiles'] = {
    read: (path, known) => this.#look(() => this.#pidfile(path, known)),
    write: (path, pid) =>
      this.#effect('write pidfile', `${pid}`, () => {
        this.world.writeFile(path, `${pid}\n`)
        return ok(undefined)
      }),
    remove: (path, expected) =>
      this.#effect('remove pidfile', path, () => {
        const now = this.#pidfile(path)
        if (expected.kind !== 'read' || now.kind !== 'read') return
        if (now.file === expected.file && now.writtenAt === expected.writtenAt) this.world.files.delete(path)
      }),
    changed: (path, signal) =>
      this.#eventually<void>(
        (resolve) => {
          const before = this.world.files.get(path)
          const look = (): void => {
            if (signal.aborted || this.world.files.get(path) !== before) resolve()
            else this.world.timeline.after(5, look)
          }
          look()
          signal.addEventListener('abort', () => resolve())
        },
        signal,
        undefined,
      ),
  }

  readonly records: Host['records'] = {
    read: (key) =>
      this.#look(() => {
        const record = this.world.records.get(key)
        if (record === undefined) return { kind: 'absent' }
        return record === 'damaged' ? { kind: 'damaged', why: 'it is torn' } : { kind: 'read', record }
      }),
    write: (key, record) =>
      this.#effect('write record', `${record.phase} ${record.main.pid}`, () => {
        this.world.records.set(key, structuredClone(record))
        return ok(undefined)
      }),
    remove: (key) => this.#effect('remove record', key, () => void this.world.records.delete(key)),
    readLastGood: (key) => this.world.lastGood.get(key),
    writeLastGood: (key, definition) =>
      this.#effect('write last good', key, () => void this.world.lastGood.set(key, definition)),
  }

  readonly wishes: Host['wishes'] = {
    read: (key) => this.world.wishes.get(key),
    write: (key, wish) =>
      this.#effect('wish', wish.want, () => {
        this.world.wishes.set(key, wish)
        return ok(undefined)
      }),
  }

  readonly scales: Host['scales'] = {
    path: '/state/scales.json',
    read: () => [],
    write: () => ok(undefined),
    forget: () => ok(undefined),
  }

  readonly history: Host['history'] = {
    append: (key, entry) =>
      this.#effect('history', `${entry.verb} ${entry.result}`, () => {
        this.world.history.set(key, [...(this.world.history.get(key) ?? []), entry])
      }),
    read: (key) => this.world.history.get(key) ?? [],
    version: (key) => String(this.world.history.get(key)?.length ?? 0),
    actor: (): Actor => ({ uid: this.self.uid, loginUid: 1000, user: 'ann', terminal: 'pts/3', parent: 'bash' }),
  }

  readonly locks: Host['locks'] = {
    acquire: (key, purpose, within, waiting) =>
      this.#eventually<Result<HeldLock, Failure>>((resolve) => {
        const { timeline } = this.world
        const since = timeline.now
        const lock = this.world.lock(key)
        let over = false
        const attempt = (): void => {
          if (over || this.#dead) return
          over = lock.holders.size === 0 || timeline.now - since >= within
          if (!over) lock.waiters.push(attempt)
          else if (lock.holders.size === 0) resolve(ok(this.#takeLock(key, purpose)))
          else resolve(err(busy(lock.holder, within)))
        }
        const tell = (): void => {
          if (over || this.#dead) return
          waiting(lock.holder)
          timeline.after(1000, tell)
        }
        if (this.#strike('before')) return
        attempt()
        timeline.after(1000, tell)
        timeline.after(within, attempt)
      }),
  }

  readonly cgroups: Host['cgroups'] = {
    make: (key) => this.#look(() => this.#makeCgroup(key)),
    placeOf: (key) =>
      this.#look(() => {
        const path = `/sys/fs/cgroup/daemonctl/${key}`
        return this.world.cgroups.has(path) ? path : undefined
      }),
    join: async (path, pid) => {
      await this.#later(this.world.random.between(1, 15), () => {})
      return this.#effect('join cgroup', String(pid), () => {
        const process = this.#living(pid)
        if (process === undefined || !this.world.cgroups.has(path)) return false
        process.cgroup = path
        return true
      })
    },
    members: (path) =>
      this.#look(() => (this.world.cgroups.has(path) ? this.world.members(path).map(({ pid }) => pid) : undefined)),
    kill: (path) =>
      this.#effect('kill cgroup', path, () => {
        for (const process of this.world.members(path)) this.world.kernel.deliver(this.#name, process, 'KILL')
        return true
      }),
    remove: (path) =>
      this.#effect('remove cgroup', path, () => {
        if (this.world.members(path).length === 0) this.world.cgroups.delete(path)
      }),
    outOfMemoryKills: () => 0,
    emptied: () => new Promise(() => {}),
  }

  readonly files: Host['files'] = {
    exists: (path) => this.#look(() => this.world.files.has(path) || this.world.programs.has(path)),
    realPath: (path) => path,
    isDirectory: (path) => this.world.directories.has(path),
    interpreter: () => undefined,
    distrust: () => undefined,
    readTrusted: (path) => {
      const text = this.#look(() => this.world.fileText(path))
      return text === undefined ? err({ missing: true, why: 'there is no such file', remedy: '' }) : ok(text)
    },
    makeDirectory: (path) =>
      this.#effect('make directory', path, () => {
        this.world.directories.add(path)
        return ok(undefined)
      }),
    touch: (path) =>
      this.#effect('touch', path, () => {
        this.world.writeFile(path, '')
        return ok(undefined)
      }),
    remove: (path) => this.#effect('remove file', path, () => void this.world.files.delete(path)),
    logEnd: (path) => ({ path, offset: this.world.fileText(path)?.length ?? 0 }),
    tail: (path, lines, since) =>
      (this.world.fileText(path) ?? '')
        .slice(since?.offset ?? 0)
        .split('\n')
        .filter((line) => line !== '')
        .slice(-lines),
  }

  readonly logs = NO_LOGS

  readonly captures = NO_CAPTURES

  readonly users: Host['users'] = {
    credentials: (user) => {
      const uid = /^\d+$/.test(user) ? Number(user) : this.world.users.get(user)
      return uid === undefined ? err(`there is no user ${user}`) : ok(credentialsOf(user, uid))
    },
    uid: (user) => this.world.users.get(user),
    current: () => credentialsOf('root', this.self.uid),
  }

  get #name(): string {
    return `daemonctl ${this.self.pid}@${this.self.startTime}`
  }

  #leave(exit: Exit): void {
    this.world.kernel.end(this.self, exit)
    for (const key of this.#locked) this.world.unlock(key, this)
    this.#locked.clear()
  }

  #takeLock(key: string, purpose: string): HeldLock {
    const lock = this.world.lock(key)
    lock.holders.add(this)
    lock.holder = `${purpose} (pid ${this.self.pid})`
    this.#locked.add(key)
    this.effects.push({ name: 'lock', with: key })
    this.#strike('after')
    return {
      fd: 200,
      release: () => {
        if (this.#locked.delete(key)) this.world.unlock(key, this)
      },
    }
  }

  #spawn(request: SpawnRequest): GatedProcess {
    const { kernel, timeline, random } = this.world
    const { key, argv, lock: _lock, credentials, mode } = request
    const launch = this.world.newLaunch()
    const cgroup = request.enclosed === 'at-the-gate' ? this.#makeCgroup(key) : undefined
    const process = kernel.fork(this.self, {
      of: key,
      launch,
      role: 'gate',
      program: undefined,
      cgroup,
      token: request.environment['DAEMONCTL_ID'],
      uid: credentials?.uid ?? this.self.uid,
    })
    if (mode === 'detached') kernel.setsid(process)
    const shared = this.world.lock(key)
    if (this.#locked.has(key)) shared.holders.add(process)
    process.onEnd.push(() => this.world.unlock(key, process))
    let released = false
    let executed = (): void => {}
    const execution = new Promise<void>((resolve) => (executed = resolve))
    const exited = new Promise<Exit>((resolve) => {
      process.onEnd.push(() => {
        executed()
        timeline.after(1, () => {
          if (!this.#dead) resolve(process.exit ?? { kind: 'unseen' })
        })
      })
    })
    const closed = (): void => {
      if (!released) timeline.after(random.between(1, 20), () => kernel.end(process, { kind: 'code', code: 125 }))
    }
    this.#gates.push(closed)
    const asksFor = this.world.programs.get(argv[0])?.asksFor
    const asksUntil = asksFor === undefined ? 0 : timeline.now + asksFor
    return {
      identity: { bootId: kernel.bootId, pid: process.pid, startTime: process.startTime },
      cgroup,
      release: () =>
        this.#effect('release', String(process.pid), () => {
          released = true
          timeline.after(random.between(1, 15), () => {
            const program = this.world.programs.get(argv[0])
            if (program?.neverExecuted === true) return
            this.world.unlock(key, process)
            executed()
            if (isLiving(process) && program !== undefined) execute(this.world, process, program)
          })
        }),
      stage: () => (process.role === 'gate' ? 'waiting' : 'executing'),
      complaint: () => '',
      executed: execution,
      exited,
      ready: request.notify ? this.#later(40, () => ({ mainPid: undefined })) : new Promise(() => {}),
      patience: () => asksUntil,
      detach: closed,
    }
  }

  #makeCgroup(key: string): string | undefined {
    if (!this.world.hasCgroups) return undefined
    const path = `/sys/fs/cgroup/daemonctl/${key}`
    this.world.cgroups.add(path)
    return path
  }

  #read(pid: number): ProcessReading {
    const process = this.world.kernel.table.get(pid)
    if (process === undefined) return { kind: 'none' }
    if (this.world.hidden.has(pid)) return { kind: 'hidden', pid }
    // As in the real table: looked up when it is looked at, and by then the PID may be another's.
    const get = (): string | undefined => this.world.kernel.table.get(pid)?.executable
    return { kind: 'seen', process: Object.defineProperty(this.world.kernel.detail(process), 'executable', { get }) }
  }

  #listed(): ReturnType<World['kernel']['detail']>[] {
    const { kernel, hidden } = this.world
    return [...kernel.table.values()].filter(({ pid }) => !hidden.has(pid)).map((process) => kernel.detail(process))
  }

  #living(pid: number): Process | undefined {
    const process = this.world.kernel.table.get(pid)
    return process !== undefined && isLiving(process) && !this.world.hidden.has(pid) ? process : undefined
  }

  /** By PID and start time, as the real one compares them. */
  #identified({ pid, startTime, bootId }: Identity): Process | undefined {
    const process = this.world.kernel.table.get(pid)
    return process?.startTime === startTime && bootId === this.world.kernel.bootId ? process : undefined
  }

  #pidfile(path: string, known?: { readonly stamp: string; readonly pid: number }): PidfileReading {
    const file = this.world.files.get(path)
    if (file === undefined) return { kind: 'absent' }
    const { text, writtenAt, inode, doubt } = file
    const stamp = `${inode}@${writtenAt}`
    const content =
      known?.stamp === stamp ? ({ kind: 'pid', pid: known.pid } as const) : parsePidfile(text, this.world.kernel.pidMax)
    return { kind: 'read', content, writtenAt, file: `1:${inode}`, stamp, volatile: path.startsWith('/run/'), doubt }
  }

  /** Before each call of the host others may have done something, or killed us. */
  #look<T>(look: () => T): T {
    this.#mustLive()
    if (this.world.jitter > 0) this.world.timeline.pass(this.world.random.between(0, this.world.jitter))
    this.#mustLive()
    return look()
  }

  #effect<T>(name: EffectName, what: string, act: () => T): T {
    return this.#look(() => {
      if (this.#strike('before')) throw new Killed()
      const value = act()
      this.effects.push({ name, with: what })
      if (this.#strike('after')) throw new Killed()
      return value
    })
  }

  /** Whether the fault strikes now. */
  #strike(when: Fault['when']): boolean {
    const number = this.effects.length + (when === 'before' ? 1 : 0)
    if (this.#fault?.when === when && this.#fault.effect === number) this.kill()
    return this.#dead
  }

  #mustLive(): void {
    if (this.#dead) throw new Killed()
  }

  /** What a dead daemonctl waits for never comes. */
  #eventually<T>(begin: (resolve: (value: T) => void) => void, signal?: AbortSignal, whenAborted?: T): Promise<T> {
    return new Promise((resolve) => {
      if (this.#dead) return
      if (signal?.aborted === true) return resolve(whenAborted as T)
      begin((value) => {
        if (!this.#dead) resolve(value)
      })
    })
  }

  #later<T>(span: Milliseconds, value: () => T): Promise<T> {
    this.#mustLive()
    return this.#eventually((resolve) => {
      this.world.timeline.after(span, () => {
        if (!this.#dead) resolve(value())
      })
    })
  }
}

const busy = (holder: string, within: Milliseconds): Failure =>
  failure('busy', 'taking the lock', `it is being handled by ${holder} for more than ${formatDuration(within)}`, {
    remedy: 'wait for that to end, or look at why it hangs',
  })

const credentialsOf = (user: string, uid: number): Credentials => ({
  user,
  uid,
  gid: uid,
  groups: [uid],
  home: uid === 0 ? '/root' : `/home/${user}`,
  shell: '/bin/sh',
})

import * as fc from 'fast-check'
import type { Request } from '../../src/decide/plan/plan.ts'
import { statusOne } from '../../src/operations/status.ts'
import type { Outcome } from '../../src/operations/act.ts'
import type { Subject } from '../../src/operations/run.ts'
import type { Daemon } from './chance.ts'
import { FakeHost } from './fake-host.ts'
import { begin, run, subject } from './given.ts'
import { isLiving, type Delivery, type Process } from './kernel.ts'
import { PIDFILE } from './program.ts'
import { World } from './world.ts'

/** What may happen to a daemon: somebody does a verb, or something befalls it. */
export type Chapter =
  | { readonly tell: 'verb'; readonly verb: Exclude<Request['verb'], 'signal' | 'respawn' | 'end'> }
  | { readonly tell: 'all at rest' }
  | { readonly tell: 'time'; readonly span: number }
  | { readonly tell: 'daemonctl is killed' }
  | { readonly tell: 'death'; readonly of: 'main' | 'worker' }
  | { readonly tell: 'death and burial' }
  | { readonly tell: 'suspended' }
  | {
      readonly tell: 'stranger'
      readonly at: 'the PID of the pidfile' | 'the recorded PID' | 'any PID'
      readonly likeIt: boolean
    }
  | { readonly tell: 'stranger family' }
  | { readonly tell: 'stranger ends' }
  | { readonly tell: 'pidfile'; readonly is: 'garbage' | 'empty' | 'gone' | 'of nobody' | 'forged' }
  | { readonly tell: 'status' }

const verbs = fc.constantFrom(
  'start',
  'start',
  'stop',
  'stop',
  'restart',
  'restart',
  'condrestart',
  'reload',
  'force-reload',
)

export const chapters: fc.Arbitrary<Chapter> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ tell: fc.constant('verb'), verb: verbs }) },
  { weight: 3, arbitrary: fc.record({ tell: fc.constant('all at rest') }) },
  { weight: 3, arbitrary: fc.record({ tell: fc.constant('time'), span: fc.constantFrom(1, 15, 100, 700) }) },
  { weight: 2, arbitrary: fc.record({ tell: fc.constant('daemonctl is killed') }) },
  { weight: 2, arbitrary: fc.record({ tell: fc.constant('death'), of: fc.constantFrom('main', 'main', 'worker') }) },
  { weight: 1, arbitrary: fc.record({ tell: fc.constant('suspended') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      tell: fc.constant('stranger'),
      at: fc.constantFrom('the PID of the pidfile', 'the recorded PID', 'any PID'),
      likeIt: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ tell: fc.constant('stranger family') }) },
  { weight: 2, arbitrary: fc.record({ tell: fc.constant('death and burial') }) },
  { weight: 2, arbitrary: fc.record({ tell: fc.constant('stranger ends') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      tell: fc.constant('pidfile'),
      is: fc.constantFrom('garbage', 'empty', 'gone', 'of nobody', 'forged', 'forged'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ tell: fc.constant('status') }) },
)

/** One daemon in its world, with what is true about it. */
export class Story {
  readonly world: World
  readonly subject: Subject
  /** What was told so far, for the message of a failure. */
  readonly told: string[] = []
  readonly violations: string[] = []
  #atWork: { readonly host: FakeHost; readonly outcome: Promise<Outcome | 'killed'> }[] = []

  constructor(daemon: Daemon, seed: number) {
    this.world = new World(seed)
    this.world.install(daemon.program)
    this.world.hasCgroups = daemon.cgroups
    this.subject = subject(daemon.keys)
    this.world.kernel.onMain = (main) => this.#newMain(main)
  }

  async tell(chapter: Chapter): Promise<void> {
    this.told.push(`${this.world.timeline.now}: ${Object.values(chapter).join(' ')}`)
    const { world } = this
    switch (chapter.tell) {
      case 'verb': {
        if (this.#atWork.filter(({ host }) => isLiving(host.self)).length >= 6) return this.rest()
        const { verb } = chapter
        const begun = begin(world, this.subject, verb)
        this.#atWork.push(begun)
        return world.pass(world.random.between(0, 40))
      }
      case 'all at rest':
        return this.rest()
      case 'time':
        return world.pass(chapter.span)
      case 'daemonctl is killed':
        return world.random.pick(this.#atWork)?.host.kill()
      case 'death': {
        const victims = world.allOf().filter(({ role }) => role === chapter.of)
        const victim = world.random.pick(victims)
        if (victim !== undefined) world.kernel.end(victim, { kind: 'signal', signal: 'KILL' })
        return
      }
      case 'death and burial':
        // Its PID is free again.
        for (const main of world.mains()) world.kernel.end(main, { kind: 'signal', signal: 'KILL' })
        return world.pass(320)
      case 'suspended':
        for (const main of world.mains()) if (main.state === 'S') main.state = 'T'
        return
      case 'stranger':
        return void this.#stranger(chapter.at, chapter.likeIt)
      case 'stranger family':
        return this.#family()
      case 'stranger ends': {
        const stranger = world.random.pick(world.kernel.living('stranger'))
        if (stranger !== undefined) world.kernel.end(stranger, { kind: 'code', code: 0 })
        return
      }
      case 'pidfile':
        return this.#pidfile(chapter.is)
      case 'status':
        return this.status()
    }
  }

  /** Until every daemonctl has ended. */
  async rest(): Promise<void> {
    const all = Promise.all(this.#atWork.map(({ outcome }) => outcome))
    this.#atWork = []
    await this.world.until(all)
  }

  async status(): Promise<void> {
    const host = new FakeHost(this.world, {})
    const { condition } = await this.world.until(statusOne(host, this.subject))
    host.exit()
    if (condition.kind !== 'running') return
    const found = this.world.find(condition.main)
    if (found?.of !== 'app') this.violations.push(`a stranger is called running: ${describe(found)}`)
  }

  /** The signals that hit somebody else. */
  strangersSignalled(): readonly string[] {
    return this.world.kernel.deliveries
      .filter(({ process }) => process.of !== 'app')
      .map((delivery: Delivery) => `${delivery.signal} by ${delivery.by} to ${describe(delivery.process)}`)
  }

  run(verb: Exclude<Request['verb'], 'signal' | 'respawn' | 'end'>): ReturnType<typeof run> {
    return run(this.world, this.subject, verb)
  }

  #newMain(main: Process): void {
    for (const other of this.world.allOf()) {
      if (other.launch !== main.launch && other.role === 'main') {
        this.violations.push(`${describe(main)} runs beside ${describe(other)}`)
      }
    }
  }

  #stranger(at: string, likeIt: boolean): Process | undefined {
    const { world } = this
    if (world.kernel.living('stranger').length >= 8) return undefined
    const record = world.records.get('app')
    const recorded = record === undefined || record === 'damaged' ? undefined : record.main.pid
    const inPidfile = Number(world.fileText(PIDFILE))
    const pid = at === 'the PID of the pidfile' ? inPidfile : at === 'the recorded PID' ? recorded : undefined
    if (at !== 'any PID' && (pid === undefined || !world.kernel.isFree(pid))) return undefined
    // A pidfile tells no more than to 50 ms who was there first; no kernel comes to the same PID again in so short a time.
    const written = world.files.get(PIDFILE)?.writtenAt ?? 0
    if (pid === inPidfile && world.kernel.wall - written <= 100) return undefined
    return world.stranger({ executable: likeIt ? '/usr/bin/appd' : '/usr/bin/vi' }, pid)
  }

  /** A session with the number of a dead daemon's, whose leader may be gone as well. */
  #family(): void {
    const leader = this.#stranger('the recorded PID', false)
    if (leader === undefined) return
    const child = this.world.kernel.fork(leader)
    child.parent = 1
    this.world.kernel.end(leader, { kind: 'code', code: 0 })
  }

  #pidfile(is: Extract<Chapter, { tell: 'pidfile' }>['is']): void {
    const { world, subject } = this
    switch (is) {
      case 'garbage':
        return world.writeFile(PIDFILE, world.random.pick(['-1\n', '0', '1\n', 'none\n', '0x12c', '99999999']) ?? '')
      case 'empty':
        return world.writeFile(PIDFILE, '')
      case 'gone':
        return void world.files.delete(PIDFILE)
      case 'of nobody': {
        const free = Array.from({ length: 40 }, (_, index) => 300 + index).find((pid) => world.kernel.isFree(pid))
        // Written long ago: a pidfile tells no more than to 50 ms who was there first.
        return world.writeFile(PIDFILE, `${free ?? 345}\n`, { writtenAt: world.kernel.wall - 10_000 })
      }
      case 'forged': {
        // Who may write the pidfile decides who the daemon is, unless the definition names its program.
        if (subject.definition.executable === undefined) return
        const isOther = ({ executable }: Process): boolean => executable === '/usr/bin/vi'
        const stranger = world.kernel.living('stranger').find(isOther) ?? this.#stranger('any PID', false)
        if (stranger !== undefined) world.writeFile(PIDFILE, `${stranger.pid}\n`)
      }
    }
  }
}

export const describe = (process: Process | undefined): string =>
  process === undefined ? 'nobody' : `${process.of}'s ${process.role} ${process.pid}@${process.startTime}`

import type { Sight } from '../../decide/conform/sight.ts'
import { isDead } from '../../decide/identity.ts'
import { ancestryOf, descendantsOf, membersOf } from '../../decide/membership.ts'
import { parsePidfile } from '../../decide/pidfile.ts'
import type { ProcessFacts } from '../../decide/process-facts.ts'
import type { ProcessTable, TestBench } from '../../host/host.ts'
import type { KnownPidfile } from './subject.ts'

/** Why a scenario is not played. */
export interface Obstacle {
  readonly result: 'untested' | 'not-applicable'
  readonly why: string
}

export interface EyeOptions {
  readonly processes: ProcessTable
  readonly bench: TestBench
  /** DAEMONCTL_ID of every action, which what it starts inherits. */
  readonly token: string
  /** The main PID by the word of an init that keeps no pidfile. */
  readonly askInit: (() => Promise<number | undefined>) | undefined
}

/**
 * Tells what belongs to a daemon that somebody else starts and stops. It is known by the token in its environment,
 * by its pidfile, by its init, by descent from any of these, and because it was known before: programs that retitle
 * themselves write over their environment. Only what is younger than we are counts, for the daemon was stopped then.
 */
export class Eye {
  readonly #options: EyeOptions
  readonly #known = new Map<number, number>()
  readonly #strangers = new Set<number>()
  #pidfile: KnownPidfile

  constructor(options: EyeOptions, pidfile: KnownPidfile) {
    this.#options = options
    this.#pidfile = pidfile
  }

  get pidfile(): string | undefined {
    return this.#pidfile.kind === 'known' ? this.#pidfile.path : undefined
  }

  /** Why there is nothing to be tried with a pidfile. */
  get pidfileObstacle(): Obstacle | undefined {
    switch (this.#pidfile.kind) {
      case 'known':
        return undefined
      case 'none':
        return { result: 'not-applicable', why: this.#pidfile.why }
      case 'unknown':
        return { result: 'untested', why: 'its pidfile is not known: name it with --pidfile, or say --pidfile none' }
      default:
        return this.#pidfile satisfies never
    }
  }

  /** A pidfile that was only guessed is believed once it names the daemon, and given up when it does not. */
  settleGuess(sight: Sight): void {
    if (this.#pidfile.kind !== 'known' || !this.#pidfile.guessed) return
    this.#pidfile = this.proves(sight) ? { ...this.#pidfile, guessed: false } : { kind: 'unknown' }
  }

  /** A process that is not the daemon's, whatever a pidfile says. */
  disown(pid: number): void {
    this.#strangers.add(pid)
  }

  async look(): Promise<Sight> {
    const { processes } = this.#options
    const inPidfile = this.#pidOfPidfile()
    const ofInit = await this.#options.askInit?.()
    const all = (await processes.list()).filter((process) => !isDead(process))
    const self = all.find(({ pid }) => pid === processes.self().pid)
    const notOurs = new Set([...ancestryOf(all, processes.self().pid), ...this.#strangers])
    const candidates = all.filter((process) => !notOurs.has(process.pid) && process.startTime >= (self?.startTime ?? 0))
    const seeds = candidates.filter(
      (process) =>
        process.pid === inPidfile.pid ||
        process.pid === ofInit ||
        this.#known.get(process.pid) === process.startTime ||
        this.#bears(process.pid),
    )
    const found = new Set(seeds)
    for (const process of descendantsOf(
      candidates,
      seeds.map(({ pid }) => pid),
    )) {
      found.add(process)
    }
    for (const seed of seeds) {
      for (const member of membersOf(candidates, { main: seed, cgroup: undefined, session: undefined }).certain) {
        found.add(member)
      }
    }
    const members = [...found].toSorted((one, other) => one.startTime - other.startTime || one.pid - other.pid)
    this.#known.clear()
    for (const { pid, startTime } of members) this.#known.set(pid, startTime)
    const roots = members.filter(({ parent }) => !members.some(({ pid }) => pid === parent))
    const named = members.find(({ pid }) => pid === inPidfile.pid) ?? members.find(({ pid }) => pid === ofInit)
    return { main: named ?? roots[0], members, roots, pidfile: inPidfile.file }
  }

  /** Whether the pidfile names a process of the daemon. */
  proves(sight: Sight): boolean {
    const { pid } = this.#pidOfPidfile()
    return sight.members.some((member) => member.pid === pid)
  }

  /** The program that a process executes, for a namesake. */
  programOf({ pid, name }: ProcessFacts): string {
    const reading = this.#options.processes.read(pid)
    return (reading.kind === 'seen' ? reading.process.executable : undefined) ?? name
  }

  #pidOfPidfile(): { readonly pid: number | undefined; readonly file: Sight['pidfile'] } {
    const path = this.pidfile
    if (path === undefined) return { pid: undefined, file: 'not-known' }
    const text = this.#options.bench.readPidfile(path)
    if (text === undefined) return { pid: undefined, file: 'none' }
    const content = parsePidfile(text, this.#options.processes.pidMax())
    return { pid: content.kind === 'pid' ? content.pid : undefined, file: 'there' }
  }

  #bears(pid: number): boolean {
    const token = this.#options.processes.token(pid)
    return token.kind === 'token' && token.token === this.#options.token
  }
}

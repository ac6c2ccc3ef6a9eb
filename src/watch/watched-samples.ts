import type { Milliseconds } from '../base/duration.ts'
import type { Exit } from '../decide/exit.ts'
import { isSameProcess, type Identity } from '../decide/identity.ts'
import type { Sample } from '../decide/monitor/sample.ts'
import type { DaemonRecord } from '../decide/record.ts'
import type { Watched } from '../decide/watch/state.ts'
import type { Host, SurveyedProcess, Wish } from '../host/host.ts'
import { membersNow } from '../operations/members.ts'
import { oneLook, type KnownTokens } from '../operations/one-look.ts'
import type { Subject } from '../operations/run.ts'
import { figuresOf, sampleOf, wholeSeconds } from '../operations/sample.ts'
import { statusMeasured } from '../operations/status.ts'
import { Surveyed } from './surveyed.ts'
import { ToldFigures } from './told-figures.ts'

/** A daemon as its watcher knows it. */
export interface Sampled {
  readonly subject: Subject
  readonly state: Watched
  /** Another number whenever something about it may have changed: its state, its record, its wish. */
  readonly heard: number
}

export interface WatchedSamplesOptions {
  readonly host: Host
  daemons(): Iterable<Sampled>
  /** What a daemon tells of itself. */
  readonly ask: ConstructorParameters<typeof ToldFigures>[1]
}

/** What happens to daemons is attended to after each few of them. */
const SLICE = 20
/** What the watcher hears nothing of is looked at again after so long. */
const UNHEARD: Milliseconds = 10_000
/** The kernel walks all pages of a process for its PSS: of so many processes in a round, and not more often. */
const SHARES_IN_A_ROUND = 50
const SHARE_KEEPS: Milliseconds = 10_000

/** What stays true of a running daemon until something is heard of it. */
interface Known {
  readonly heard: number
  readonly at: Milliseconds
  readonly subject: Subject
  readonly wish: Wish | undefined
  readonly record: DaemonRecord | undefined
}

/** What was found where none runs. */
interface Still {
  readonly heard: number
  readonly at: Milliseconds
  readonly subject: Subject
  readonly sample: Sample
}

interface Ending {
  readonly of: Known
  readonly version: string
  readonly exit: Exit | undefined
}

/** The processes of a daemon, the main one among them. */
interface Running {
  readonly known: Known
  readonly identity: Identity
  readonly main: SurveyedProcess
  readonly all: readonly SurveyedProcess[]
}

/** A running daemon, whose sample has a place among all. */
interface Weighable {
  readonly index: number
  readonly key: string
  readonly members: Running
}

interface Share {
  readonly main: Identity
  readonly at: Milliseconds
  readonly bytes: number | undefined
}

/**
 * Samples of all that a watcher watches, taken again and again. That a daemon runs and which process it is, the watcher
 * knows by events; so only what its processes use is asked of the kernel. What is not up is looked at from scratch,
 * when something is heard of it, and every ten seconds.
 */
export class WatchedSamples {
  readonly #options: WatchedSamplesOptions
  readonly #told: ToldFigures
  readonly #tokens: KnownTokens = new Map()
  readonly #known = new Map<string, Known>()
  readonly #still = new Map<string, Still>()
  readonly #endings = new Map<string, Ending>()
  readonly #shares = new Map<string, Share>()

  constructor(options: WatchedSamplesOptions) {
    this.#options = options
    this.#told = new ToldFigures(options.host.clock, options.ask)
  }

  async take(): Promise<readonly Sample[]> {
    const { host } = this.#options
    const daemons = [...this.#options.daemons()]
    const keys = new Set(daemons.map(({ subject }) => subject.key))
    for (const memory of [this.#known, this.#still, this.#endings, this.#shares]) {
      for (const key of memory.keys()) if (!keys.has(key)) memory.delete(key)
    }
    await this.#told.refresh(
      daemons.flatMap(({ subject, state: { phase } }) =>
        phase.kind === 'up' && subject.definition.metrics !== undefined ? [{ subject, main: phase.main }] : [],
      ),
    )
    const survey = host.processes.survey()
    const sight = survey === undefined ? undefined : new Surveyed(survey, host.processes.self().pid)
    const look = oneLook(host, this.#tokens, survey)
    const samples: Sample[] = []
    const unweighed: Weighable[] = []
    for (const [index, daemon] of daemons.entries()) {
      if (index % SLICE === SLICE - 1) await host.clock.sleep(0)
      const members = sight === undefined ? undefined : await this.#membersOf(look, sight, daemon)
      if (members === undefined) samples.push(await this.#stillSample(look, daemon))
      else {
        samples.push(this.#runningSample(daemon, members))
        if (this.#isUnweighed(daemon, members)) unweighed.push({ index, key: daemon.subject.key, members })
      }
    }
    for (const { index, bytes } of await this.#weigh(unweighed)) {
      const sample = samples[index]
      if (sample !== undefined) samples[index] = { ...sample, values: { ...sample.values, pss: bytes } }
    }
    return samples
  }

  /** undefined: it does not run, as far as the watcher knows and the kernel says. */
  async #membersOf(look: Host, sight: Surveyed, daemon: Sampled): Promise<Running | undefined> {
    const { phase } = daemon.state
    if (phase.kind !== 'up') return undefined
    const main = sight.living(phase.main)
    if (main === undefined) return undefined
    const known = this.#knowRunning(daemon)
    const { record } = known
    const together = record?.cgroup === undefined ? undefined : sight.inCgroup(main, record.cgroup)
    if (together !== undefined) return { known, identity: phase.main, main, all: together }
    const { others } = await membersNow(look, phase.main, record)
    return { known, identity: phase.main, main, all: [main, ...sight.these(others)] }
  }

  #runningSample({ subject, state }: Sampled, { known, identity, main, all }: Running): Sample {
    const { clock, processes } = this.#options.host
    const { definition, key } = subject
    let [memory, cpuTime, threads, descriptors] = [0, 0, 0, 0]
    let isSeen = false
    for (const process of all) {
      cpuTime += process.cpuTime
      threads += process.threads
      const holdings = processes.holdings(process.pid)
      memory += holdings?.rss ?? 0
      descriptors += holdings?.descriptors ?? 0
      isSeen ||= holdings?.descriptors !== undefined
    }
    const share = this.#shares.get(key)
    return {
      name: definition.name,
      condition: 'running',
      status: 0,
      why: undefined,
      wanted: known.wish?.want,
      paused: known.wish?.paused ?? false,
      lastExit: this.#lastExit(key, known),
      values: {
        uptime: wholeSeconds(clock.now() - main.startedAt),
        memory,
        pss: share !== undefined && isSameProcess(share.main, identity) ? share.bytes : undefined,
        cpu: cpuTime / 1000,
        processes: all.length,
        threads,
        descriptors: isSeen ? descriptors : undefined,
        respawns: state.tally.respawns,
      },
      ...figuresOf(definition.metrics === undefined ? undefined : this.#told.of(key)),
    }
  }

  #knowRunning({ subject, heard }: Sampled): Known {
    const { clock, records, wishes } = this.#options.host
    const { key } = subject
    const before = this.#known.get(key)
    if (before?.heard === heard && before.subject === subject) return before
    const record = records.read(key)
    const known: Known = {
      heard,
      subject,
      at: clock.monotonic(),
      wish: wishes.read(key),
      record: record.kind === 'read' ? record.record : undefined,
    }
    this.#known.set(key, known)
    return known
  }

  async #stillSample(look: Host, { subject, state, heard }: Sampled): Promise<Sample> {
    const { key } = subject
    const before = this.#still.get(key)
    const now = look.clock.monotonic()
    const isTrue = before?.heard === heard && before.subject === subject && now - before.at < UNHEARD
    if (isTrue && before.sample.condition !== 'running') return before.sample
    const sample = sampleOf(await statusMeasured(look, subject), {
      respawns: state.tally.respawns,
      pss: undefined,
      told: undefined,
    })
    this.#still.set(key, { heard, at: now, subject, sample })
    return sample
  }

  /** Who has ended it writes that down a moment after the watcher has heard of it. */
  #lastExit(key: string, known: Known): Exit | undefined {
    const { clock, history } = this.#options.host
    const before = this.#endings.get(key)
    if (before?.of === known && clock.monotonic() - known.at > UNHEARD) return before.exit
    const version = history.version(key)
    const exit =
      before?.version === version
        ? before.exit
        : history.read(key, REMEMBERED).findLast((entry) => entry.exit !== undefined)?.exit
    this.#endings.set(key, { of: known, version, exit })
    return exit
  }

  #isUnweighed({ subject: { key } }: Sampled, { identity }: Running): boolean {
    const share = this.#shares.get(key)
    if (share === undefined || !isSameProcess(share.main, identity)) return true
    return this.#options.host.clock.monotonic() - share.at >= SHARE_KEEPS
  }

  /** Those whose figure is oldest come first; the others in the rounds after this one. */
  async #weigh(
    unweighed: readonly Weighable[],
  ): Promise<readonly { readonly index: number; readonly bytes: number | undefined }[]> {
    const { clock, processes } = this.#options.host
    const at = clock.monotonic()
    const weighed = []
    let left = SHARES_IN_A_ROUND
    for (const { index, key, members } of unweighed.toSorted(
      (a, b) => this.#weighedAt(a.key) - this.#weighedAt(b.key),
    )) {
      if (left <= 0) break
      left -= members.all.length
      const shares = members.all
        .map(({ pid }) => processes.proportionalMemory(pid))
        .filter((share) => share !== undefined)
      const bytes = shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0)
      this.#shares.set(key, { main: members.identity, at, bytes })
      weighed.push({ index, bytes })
      if (weighed.length % SLICE === 0) await clock.sleep(0)
    }
    return weighed
  }

  #weighedAt(key: string): Milliseconds {
    return this.#shares.get(key)?.at ?? -Infinity
  }
}

/** How much of a history is looked through for the last end. */
const REMEMBERED = 20

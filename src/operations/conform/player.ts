import type { Milliseconds } from '../../base/duration.ts'
import { isNotOffered, type Check } from '../../decide/conform/check.ts'
import { checksOf, unplayed, verdictOn, type Verdict } from '../../decide/conform/report.ts'
import type { Scenario, Step, Surroundings } from '../../decide/conform/scenario.ts'
import { isSame, isUp, type Seen, type Sight, type StrangerSight } from '../../decide/conform/sight.ts'
import type { Exit } from '../../decide/exit.ts'
import type { ProcessFacts } from '../../decide/process-facts.ts'
import type { Credentials, Host, Stranger, TestBench } from '../../host/host.ts'
import type { Eye, Obstacle } from './eye.ts'
import { killAll } from './kill-all.ts'
import type { ConformSubject } from './subject.ts'
import { placeOf } from './surroundings.ts'

/** How long a daemon may take to be there after its start has returned. */
const COMES_WITHIN: Milliseconds = 5_000
/** How long its pidfile may take. Five of thirty daemons write it after their launcher has ended. */
const PIDFILE_WITHIN: Milliseconds = 2_000
/** What was started and dies at once has died by then. */
const SETTLES_IN: Milliseconds = 200
/** How long the rest of a daemon may outlive its main process after a stop. */
const LEAVES_WITHIN: Milliseconds = 1_000
const LOOKS_EVERY: Milliseconds = 20

export interface PlayerOptions {
  readonly host: Host
  readonly bench: TestBench
  readonly subject: ConformSubject
  readonly eye: Eye
  readonly within: Milliseconds
  readonly token: string
  readonly nobody: Credentials | undefined
  readonly interrupted: AbortSignal
}

type Act = Extract<Step, { do: 'act' }>
type Look = Act['look']

/** Does the steps of scenarios, and sees what comes of them. */
export class Player {
  readonly #options: PlayerOptions
  readonly #strangers = new Map<Stranger, StrangerSight['role']>()
  /** Of actions that are optional: whether the script has them. */
  readonly #offered = new Map<string, boolean>()
  /** Command name and program of the main process, once it was seen. */
  #named: { readonly name: string; readonly program: string } | undefined
  /** An action had to be killed: nothing can be expected of the others. */
  #hung: string | undefined
  #immortal: Obstacle | undefined

  constructor(options: PlayerOptions) {
    this.#options = options
  }

  get knowsName(): boolean {
    return this.#named !== undefined
  }

  get canBeNobody(): boolean {
    return this.#options.nobody !== undefined
  }

  /** Why nothing more can be played. */
  get obstacle(): Obstacle | undefined {
    if (this.#options.interrupted.aborted) return { result: 'untested', why: 'the test was interrupted' }
    return this.#hung === undefined ? this.#immortal : { result: 'untested', why: whyHung(this.#hung) }
  }

  async play(scenario: Scenario): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = []
    for (const [at, step] of scenario.steps.entries()) {
      const { obstacle } = this
      if (obstacle !== undefined) return [...verdicts, ...restOf(scenario, at, obstacle.why)]
      const why = step.do === 'act' ? await this.#actAndJudge(scenario, step, verdicts) : await this.#prepare(step)
      if (why !== undefined) return [...verdicts, ...restOf(scenario, at + 1, why)]
    }
    return verdicts
  }

  /** Starts the daemon and stops it, to learn what can only be seen while it runs. */
  async learn(): Promise<void> {
    await this.act('start', 'up')
    await this.act('stop', 'down')
  }

  /** Leaves nothing behind: of the daemon that was started here, and of the strangers. */
  async tidyUp(): Promise<void> {
    const { eye, bench } = this.#options
    this.#endStrangers()
    const sight = await eye.look()
    if (this.#hung === undefined && (isUp(sight) || sight.pidfile === 'there')) await this.act('stop', 'down')
    const left = await killAll(this.#options.host, eye)
    if (left !== undefined) this.#immortal = { result: 'untested', why: left }
    if (eye.pidfile !== undefined) bench.removePidfile(eye.pidfile)
  }

  async act(action: string | undefined, look: Look = 'as-is', surroundings: Surroundings = 'usual'): Promise<Seen> {
    const { bench, eye, subject, token, within, nobody } = this.#options
    const place = placeOf(surroundings, bench.directory)
    const before = await eye.look()
    const outcome = await bench.call({
      argv: subject.words(action),
      environment: { ...place.environment, ...subject.environment, DAEMONCTL_ID: token },
      directory: place.directory,
      umask: place.umask,
      inputClosed: place.inputClosed,
      credentials: surroundings === 'nobody' ? nobody : undefined,
      within,
    })
    if (outcome.timedOut) this.#hung = action ?? 'a call without an action'
    const after = await this.#lookAfter(look, before.main, succeeded(outcome.exit))
    if (look === 'up') this.#learnFrom(after)
    return { ...outcome, before, after, strangers: await this.#lookAtStrangers(), offered: true }
  }

  async #actAndJudge(scenario: Scenario, step: Act, verdicts: Verdict[]): Promise<string | undefined> {
    const seen = await this.act(step.action, step.look, step.surroundings)
    const offered = this.#isOffered(step, seen)
    verdicts.push(...step.checks.map((check: Check) => verdictOn(scenario, check, { ...seen, offered })))
    return step.look === 'up' && offered && !isUp(seen.after) ? 'the daemon is not there' : undefined
  }

  #isOffered({ action, optional }: Act, seen: Seen): boolean {
    if (!optional || action === undefined) return true
    // While it is stopped a wrong answer may look like "not implemented": what was seen while it ran holds.
    const known = this.#offered.get(action) ?? !isNotOffered(seen)
    this.#offered.set(action, known)
    return known
  }

  /** Undefined: done; otherwise why the scenario cannot go on. */
  async #prepare(step: Exclude<Step, Act>): Promise<string | undefined> {
    const { bench, eye } = this.#options
    switch (step.do) {
      case 'kill':
        return isUp(await eye.look()) ? killAll(this.#options.host, eye) : 'the daemon is not there'
      case 'begin-stranger':
        await this.#begin('foreign', 'stranger', 'stranger')
        return undefined
      case 'begin-namesake':
        await this.#begin('namesake', this.#named?.name ?? '', this.#named?.program ?? '')
        return undefined
      case 'write-pidfile': {
        const stranger = [...this.#strangers].findLast(([, role]) => role === 'foreign')?.[0]
        const text = { garbage: 'garbage\n', nothing: '', 'the stranger': `${stranger?.pid ?? ''}\n` }[step.holds]
        const written = bench.writePidfile(eye.pidfile ?? '', text)
        return written.ok ? undefined : written.error.message
      }
      default:
        return step satisfies never
    }
  }

  async #begin(role: StrangerSight['role'], name: string, title: string): Promise<void> {
    const stranger = await this.#options.bench.begin(name, title)
    this.#options.eye.disown(stranger.pid)
    this.#strangers.set(stranger, role)
  }

  #endStrangers(): void {
    for (const stranger of this.#strangers.keys()) stranger.end()
    this.#strangers.clear()
  }

  async #lookAtStrangers(): Promise<readonly StrangerSight[]> {
    const sights: StrangerSight[] = []
    for (const [stranger, role] of this.#strangers) {
      const { alive, signals } = await stranger.signals()
      sights.push({ role, pid: stranger.pid, alive, signals })
      // The dead are complained of once.
      if (!alive) this.#strangers.delete(stranger)
    }
    return sights
  }

  async #lookAfter(look: Look, main: ProcessFacts | undefined, succeeded: boolean): Promise<Sight> {
    const { eye, host } = this.#options
    switch (look) {
      case 'as-is':
        return eye.look()
      case 'down': {
        // The main process must be gone when stop returns; what helps it gets a moment.
        const first = await eye.look()
        return first.members.some((member) => isSame(member, main))
          ? first
          : this.#until(LEAVES_WITHIN, ({ members }) => members.length === 0)
      }
      case 'up': {
        // Of what says that it failed nothing more will come.
        if (succeeded) await this.#until(COMES_WITHIN, isUp)
        if (eye.pidfile !== undefined) await this.#until(PIDFILE_WITHIN, (sight) => !isUp(sight) || eye.proves(sight))
        await host.clock.sleep(SETTLES_IN)
        return eye.look()
      }
      default:
        return look satisfies never
    }
  }

  async #until(within: Milliseconds, isSo: (sight: Sight) => boolean): Promise<Sight> {
    const { eye, host } = this.#options
    for (const deadline = host.clock.monotonic() + within; ;) {
      const sight = await eye.look()
      if (isSo(sight) || host.clock.monotonic() > deadline) return sight
      await host.clock.sleep(LOOKS_EVERY)
    }
  }

  #learnFrom(sight: Sight): void {
    const { eye } = this.#options
    if (sight.main === undefined) return
    this.#named ??= { name: sight.main.name, program: eye.programOf(sight.main) }
    eye.settleGuess(sight)
  }
}

const succeeded = (exit: Exit): boolean => exit.kind === 'code' && exit.code === 0

const whyHung = (action: string): string => `${action} did not end in its time, so nothing more was tried`

const restOf = (scenario: Scenario, at: number, why: string): readonly Verdict[] =>
  unplayed(scenario, checksOf({ ...scenario, steps: scenario.steps.slice(at) }), 'untested', why)

import { statSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { Probe } from '../definition/definition.ts'
import { systemClock } from './clock.ts'
import type { Clock, CommandOutcome, CommandRequest, HealthProbe, ProbeContext, Prober } from './host.ts'
import { logMatches } from './log-probe.ts'
import { answersHttp, answersTcp, answersUnix } from './network-probe.ts'
import { lookUntil } from './path-watch.ts'

/** The first tries follow each other closely: most daemons are ready within milliseconds. */
const FIRST_PAUSE: Milliseconds = 5
const LONGEST_PAUSE: Milliseconds = 200
const GROWTH = 1.5
/** A try that takes longer is given up for the next one. */
const ONE_TRY: Milliseconds = 5_000
/** Files are dated by the last tick of a timer. */
const CLOCK_GRAIN: Milliseconds = 50
/** Before a start: whoever answers at all answers soon. */
const ONE_QUESTION: Milliseconds = 500
const ONE_COMMAND: Milliseconds = 10_000

type AskableProbe = Exclude<Probe, { kind: 'fd' | 'notify' }>
type Try = (signal: AbortSignal) => Promise<boolean>

export interface ProberOptions {
  readonly commands: { run(request: CommandRequest, signal?: AbortSignal): Promise<CommandOutcome> }
  /** Why there are no notify sockets, if there are none. */
  readonly notifyObstacle: () => string | undefined
  readonly clock?: Clock
}

/** Asks a daemon from outside whether it can serve, until it can. */
export class NetworkProber implements Prober {
  readonly #clock: Clock
  readonly #commands: ProberOptions['commands']
  readonly #notifyObstacle: () => string | undefined

  constructor({ commands, notifyObstacle, clock = systemClock }: ProberOptions) {
    this.#clock = clock
    this.#commands = commands
    this.#notifyObstacle = notifyObstacle
  }

  notifySupport(): Result<void, string> {
    const obstacle = this.#notifyObstacle()
    return obstacle === undefined ? ok(undefined) : err(obstacle)
  }

  async succeeds(probe: AskableProbe, context: ProbeContext, signal: AbortSignal): Promise<boolean> {
    switch (probe.kind) {
      case 'tcp':
      case 'unix':
      case 'http':
        return this.#again(addressAttempt(probe), signal)
      case 'command':
        return this.#again(() => this.#succeeds(probe.command, context, signal), signal)
      case 'file':
        return lookUntil(() => this.#isYoung(probe.path, probe.maxAge, context.since), probe.path, signal)
      case 'log':
        return context.logSince === undefined ? false : logMatches(probe.pattern, context.logSince, signal)
      case 'delay':
        await this.#clock.sleep(probe.delay, signal)
        return !signal.aborted
    }
  }

  async isWell(probe: HealthProbe, context: ProbeContext, within: Milliseconds, signal: AbortSignal): Promise<boolean> {
    switch (probe.kind) {
      case 'file':
        return this.#isYoung(probe.path, probe.maxAge, context.since)
      case 'command':
        return (await this.#succeeds(probe.command, context, signal, within)) && !signal.aborted
      case 'tcp':
      case 'unix':
      case 'http':
        return withinOneTry(addressAttempt(probe), signal, within)
    }
  }

  async answers(probe: Probe): Promise<boolean> {
    return isAddress(probe) && withinOneTry(addressAttempt(probe), new AbortController().signal, ONE_QUESTION)
  }

  /** Tries until one succeeds, less and less often, or until aborted. */
  async #again(attempt: Try, signal: AbortSignal): Promise<boolean> {
    let pause = FIRST_PAUSE
    while (!signal.aborted) {
      // An abort ends the try at once; what a try says after that does not count.
      if ((await withinOneTry(attempt, signal)) && !signal.aborted) return true
      await this.#clock.sleep(pause, signal)
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE)
    }
    return false
  }

  async #succeeds(
    command: CommandRequest['command'],
    context: ProbeContext,
    signal: AbortSignal,
    within: Milliseconds = ONE_COMMAND,
  ): Promise<boolean> {
    const { environment, directory, credentials } = context
    const request = { command, environment, directory, credentials, within }
    const { exit, timedOut } = await this.#commands.run(request, signal)
    return !timedOut && exit.kind === 'code' && exit.code === 0
  }

  #isYoung(path: string, maxAge: Milliseconds | undefined, since: EpochMilliseconds): boolean {
    try {
      const { mtimeMs, ctimeMs } = statSync(path)
      // One that an earlier run left behind says nothing about this one.
      if (Math.max(mtimeMs, ctimeMs) < since - CLOCK_GRAIN) return false
      return maxAge === undefined || this.#clock.now() - mtimeMs <= maxAge
    } catch {
      return false
    }
  }
}

type AddressProbe = Extract<Probe, { kind: 'tcp' | 'unix' | 'http' }>

const isAddress = (probe: Probe): probe is AddressProbe =>
  probe.kind === 'tcp' || probe.kind === 'unix' || probe.kind === 'http'

/** One try at an address. */
function addressAttempt(probe: AddressProbe): Try {
  switch (probe.kind) {
    case 'tcp':
      return (signal) => answersTcp(probe.host, probe.port, signal)
    case 'unix':
      return (signal) => answersUnix(probe.path, signal)
    case 'http':
      return (signal) => answersHttp(probe.url, signal)
  }
}

async function withinOneTry(attempt: Try, signal: AbortSignal, within: Milliseconds = ONE_TRY): Promise<boolean> {
  const one = new AbortController()
  const end = (): void => one.abort()
  const timer = setTimeout(end, within)
  signal.addEventListener('abort', end, { once: true })
  try {
    return await attempt(one.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

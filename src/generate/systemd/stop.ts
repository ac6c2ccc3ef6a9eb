import type { Milliseconds } from '../../base/duration.ts'
import type { Definition } from '../../definition/definition.ts'
import type { StopStep } from '../../definition/stop-schedule.ts'
import { execLine } from '../quote/systemd.ts'
import type { Losses } from '../losses.ts'
import { bound } from './time.ts'

export interface StopView {
  readonly execStop: readonly string[]
  readonly killMode: 'mixed' | 'process'
  readonly killSignal: string
  readonly timeoutStop: string
  readonly finalKillSignal: string | undefined
  readonly sendSigkill: boolean
}

/**
 * A stop schedule in systemd's terms: KillSignal=, then after TimeoutStopSec= FinalKillSignal=. Longer schedules
 * begin with ExecStop= lines that send a signal and wait for the main process.
 *
 *   TERM/20/KILL/5           KillSignal TERM, 20 s, KILL
 *   QUIT/30/TERM/5/KILL/5    ExecStop: QUIT and 30 s; KillSignal TERM, 5 s, KILL
 *   TERM/20/QUIT/5           KillSignal TERM, 20 s, FinalKillSignal QUIT
 *   TERM/20                  KillSignal TERM, SendSIGKILL=no
 */
export function stopView(definition: Definition, version: number, losses: Losses): StopView {
  const { stop, hooks } = definition
  const { steps, repeatFrom } = stop.schedule
  if (repeatFrom !== undefined) {
    losses.note(
      'stop.schedule',
      'systemd does not repeat signals',
      'each signal is sent once, and the wait after the last but KILL has no end',
    )
  }
  const { early, main, final } = divide(steps, version)
  const hook = hooks.commands['pre-stop']
  if (hook !== undefined) {
    losses.note('hooks.pre-stop', 'systemd runs it as well when the daemon has ended by itself', 'it is in ExecStop=')
  }
  const execStop = [
    ...(hook === undefined ? [] : [`-${execLine(hook.argv)}`]),
    ...(stop.command === undefined ? [] : [`-${execLine(stop.command.argv)}`, awaitEnd(stop.timeout)]),
    ...early.map(signalAndAwait),
  ]
  const longest = Math.max(
    main.wait,
    stop.command === undefined ? 0 : stop.timeout,
    hook === undefined ? 0 : hooks.timeout,
    ...early.map((step) => step.wait + SPARE),
  )
  if (longest > main.wait) {
    losses.note(
      'stop.schedule',
      'systemd has one bound for every part of a stop',
      `${main.signal} has ${bound(longest)}, as the longest part`,
    )
  }
  return {
    execStop,
    killMode: stop.killMode === 'main' ? 'process' : 'mixed',
    killSignal: `SIG${main.signal}`,
    timeoutStop: bound(repeatFrom === undefined ? longest : Infinity),
    finalKillSignal: final === undefined || final.signal === 'KILL' ? undefined : `SIG${final.signal}`,
    sendSigkill: final !== undefined && repeatFrom === undefined,
  }
}

/** What an ExecStop= line needs to end after its wait, before TimeoutStopSec= would end it. */
const SPARE: Milliseconds = 1000

/** FinalKillSignal= can be anything but KILL from 240 on. */
function divide(steps: readonly StopStep[], version: number) {
  const last = steps.at(-1)
  const isFinal = steps.length > 1 && last !== undefined && (last.signal === 'KILL' || version >= 240)
  const before = isFinal ? steps.slice(0, -1) : steps
  return {
    early: before.slice(0, -1),
    main: before.at(-1) ?? { signal: 'TERM', wait: 20_000 },
    final: isFinal ? last : undefined,
  }
}

/** Without a main PID (it has ended by itself) there is nothing to do. */
const signalAndAwait = ({ signal, wait }: StopStep): string =>
  `-${execLine(['/bin/sh', '-c', `[ -z "$1" ] || kill -s ${signal} "$1"; ${untilGone(wait)}`, 'stop'])} $MAINPID`

const awaitEnd = (wait: Milliseconds): string => `-${execLine(['/bin/sh', '-c', untilGone(wait), 'stop'])} $MAINPID`

const untilGone = (wait: Milliseconds): string =>
  `i=0; while [ -n "$1" ] && [ $i -lt ${Math.max(1, Math.round(wait / 100))} ] && kill -s 0 "$1"; do sleep 0.1; i=$((i + 1)); done`

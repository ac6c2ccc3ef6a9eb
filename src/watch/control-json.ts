import { failureJson } from '../base/failure.ts'
import { plain, type Json } from '../base/json.ts'
import type { Telling } from '../decide/watch/telling.ts'
import type { ToldOutcome } from '../operations/act.ts'
import type { PauseOutcome } from '../operations/pause.ts'
import type { ControlEvent, WatchReport } from './control.ts'

/** What goes over the control socket, with the keys of all our JSON: docs/control-socket.md. */

export const reportJson = (report: WatchReport): Json => ({
  name: report.name,
  key: report.key,
  hash: report.hash,
  phase: report.phase,
  want: report.want,
  paused: report.paused,
  pid: report.pid ?? null,
  since: time(report.since),
  'next-at': report.nextAt === undefined ? null : time(report.nextAt),
  respawns: report.respawns,
  'in-window': report.inWindow,
  burst: report.burst,
  sentence: report.sentence,
})

export const eventJson = ({ at, name, kind, level, message, report, telling }: ControlEvent): Json => ({
  at: time(at),
  daemon: name ?? null,
  kind,
  level,
  message,
  state: report === undefined ? null : reportJson(report),
  details: telling === undefined ? null : withoutKind(telling),
})

export const outcomeJson = (outcome: ToldOutcome): Json => ({
  name: outcome.name,
  verb: outcome.verb,
  result: outcome.result,
  why: outcome.why ?? null,
  pid: outcome.pid ?? null,
  before: beforeJson(outcome.before),
  'took-ms': Math.round(outcome.took),
  'last-signal': outcome.lastSignal ?? null,
  'rolled-back': outcome.rolledBack,
  failure: failureJson(outcome.failure),
})

export const pauseJson = ({ name, verb, result, failure }: PauseOutcome): Json => ({
  name,
  verb,
  result,
  failure: failureJson(failure),
})

function beforeJson(before: ToldOutcome['before']): Json {
  if (before === undefined) return null
  const running = before.kind === 'running'
  return {
    condition: before.kind,
    pid: running ? before.main.pid : null,
    leftovers: running ? [] : before.leftovers.processes.map(({ pid }) => pid),
    'lock-file': before.kind === 'stopped' && before.lockFile,
  }
}

/** Spans that a telling may hold, at whatever depth: their unit belongs to their names. */
const SPANS: ReadonlySet<string> = new Set(['ran', 'delay', 'interval'])

/** Its kind is that of the event. */
const withoutKind = (telling: Telling): Json => detailsJson({ ...telling, kind: undefined })

const detailsJson = (details: object): Json =>
  Object.fromEntries(
    Object.entries(details)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]: [string, unknown]) => [
        SPANS.has(key) ? `${key}-ms` : key,
        typeof value === 'object' && value !== null ? detailsJson(value) : plain(value),
      ]),
  )

const time = (at: number): string => new Date(at).toISOString()

import { plain, type Json } from '../../base/json.ts'
import { failureJson, type Failure } from '../../base/failure.ts'
import type { Condition } from '../../decide/condition.ts'
import type { Plan } from '../../decide/plan/plan.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { HistoryEntry } from '../../host/host.ts'
import type { ToldOutcome } from '../../operations/act.ts'
import type { Subject } from '../../operations/run.ts'
import type { Status, StatusDetail } from '../../operations/status.ts'
import type { WatchedState } from '../../watch/watched-states.ts'
import { exitStatusOf } from '../exit-status.ts'

/** The shapes of --json. They only grow: a key once there stays and keeps its meaning. docs/json.md */
const VERSION = 1

type JsonTable = { readonly [key: string]: Json }

export const outcomesJson = (verb: string, outcomes: readonly ToldOutcome[]): JsonTable => ({
  version: VERSION,
  verb,
  daemons: outcomes.map((outcome) => ({
    name: outcome.name,
    result: outcome.result,
    status: exitStatusOf(outcome.failure),
    pid: outcome.pid ?? null,
    'previous-pid': outcome.before?.kind === 'running' ? outcome.before.main.pid : null,
    why: outcome.why ?? null,
    'took-ms': Math.round(outcome.took),
    'rolled-back': outcome.rolledBack,
    failure: failureJson(outcome.failure),
  })),
})

export const failureOnlyJson = (failure: Failure): Json => ({
  version: VERSION,
  daemons: [],
  failure: failureJson(failure),
})

export const planJson = (
  verb: string,
  plans: readonly { readonly name: string; readonly condition: Condition; readonly plan: Plan }[],
): JsonTable => ({
  version: VERSION,
  verb,
  'dry-run': true,
  daemons: plans.map(({ name, condition, plan }) => ({
    name,
    condition: condition.kind,
    plan: plan.kind,
    why: plan.kind === 'nothing' ? plan.why : null,
    steps: plan.kind === 'refused' ? [] : plan.steps.map(stepJson),
    failure: plan.kind === 'refused' ? failureJson(plan.failure) : null,
  })),
})

export const statusesJson = (
  statuses: readonly (Status | StatusDetail)[],
  watched: (subject: Subject) => WatchedState | undefined = () => undefined,
): JsonTable => ({
  version: VERSION,
  daemons: statuses.map((status) => {
    const { condition, subject, uptime } = status
    return {
      name: subject.definition.name,
      condition: condition.kind,
      status: status.status,
      pid: condition.kind === 'running' ? condition.main.pid : null,
      why: 'why' in condition ? condition.why : null,
      proof: condition.kind === 'running' ? condition.proof : null,
      notes: condition.kind === 'running' ? condition.notes : [],
      suspended: condition.kind === 'running' && condition.process.state === 'T',
      pidfile: subject.definition.pidfile,
      'started-at': condition.kind === 'running' ? new Date(condition.process.startedAt).toISOString() : null,
      'uptime-ms': uptime === undefined ? null : Math.max(0, Math.round(uptime)),
      leftovers: condition.kind === 'running' ? [] : condition.leftovers.processes.map((process) => process.pid),
      watch: watchJson(watched(subject)),
      ...('processes' in status
        ? {
            wanted: status.wish?.want ?? null,
            paused: status.wish?.paused ?? false,
            processes: status.processes.map((process) => process.pid),
            'memory-bytes': status.rss,
            'memory-pss-bytes': status.pss ?? null,
            'cpu-ms': status.cpuTime,
            threads: status.threads,
            descriptors: status.descriptors ?? null,
            listening: status.listening,
            'last-exit': plain(status.lastExit),
            figures: status.figures?.ok === true ? Object.fromEntries(status.figures.value) : null,
            'figures-problem': status.figures?.ok === false ? status.figures.error : null,
          }
        : {}),
    }
  }),
})

const watchJson = (watched: WatchedState | undefined): Json =>
  watched === undefined
    ? null
    : {
        phase: watched.phase,
        sentence: watched.sentence,
        respawns: watched.respawns,
        'next-at': watched.nextAt ?? null,
      }

export const historyJson = ({
  at,
  name,
  verb,
  result,
  pid,
  exit,
  outOfMemory,
  message,
  took,
  by,
}: HistoryEntry): Json => ({
  at: new Date(at).toISOString(),
  name,
  verb,
  result,
  pid: pid ?? null,
  exit: plain(exit),
  'out-of-memory': outOfMemory,
  message,
  'took-ms': took,
  by: {
    uid: by.uid,
    'login-uid': by.loginUid ?? null,
    user: by.user ?? null,
    terminal: by.terminal ?? null,
    parent: by.parent ?? null,
  },
})

/** A step with the keys of all our JSON: lock-file, not lockFile. */
const stepJson = (step: Step): Json =>
  Object.fromEntries(
    Object.entries(step).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      plain(value),
    ]),
  )

export const writeJson = (value: Json): string => JSON.stringify(value, undefined, 2)

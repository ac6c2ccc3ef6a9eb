import type { Milliseconds } from '../base/duration.ts'
import type { Result } from '../base/result.ts'
import { statusOf, type Condition } from '../decide/condition.ts'
import type { Exit } from '../decide/exit.ts'
import type { Figures } from '../decide/metrics/parse.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { HistoryEntry, Host, Wish } from '../host/host.ts'
import { membersNow } from './members.ts'
import { observe } from './observe.ts'
import { notesOnReading } from './read-again.ts'
import type { Subject } from './run.ts'

/** The truth about one daemon, as far as one look gives it. */
export interface Status {
  readonly subject: Subject
  readonly condition: Condition
  /** LSB status. */
  readonly status: 0 | 1 | 2 | 3 | 4
  /** How long the main process has run. */
  readonly uptime: Milliseconds | undefined
}

/** What is measured of a daemon: all processes, and what they use together. */
export interface Measured extends Status {
  readonly wish: Wish | undefined
  readonly processes: readonly ProcessFacts[]
  readonly rss: number
  readonly cpuTime: Milliseconds
  readonly threads: number
  readonly descriptors: number | undefined
  /** How it ended last, as far back as is remembered. */
  readonly lastExit: Exit | undefined
  readonly history: readonly HistoryEntry[]
}

/** What a closer look adds: what they listen on, what was done last. */
export interface StatusDetail extends Measured {
  /** Undefined: it is not to be seen. */
  readonly pss: number | undefined
  readonly listening: readonly string[]
  /** What it tells of itself; undefined: it is not asked. */
  readonly figures?: Result<Figures, string> | undefined
  readonly logLines: readonly string[]
}

export async function statusOne(host: Host, subject: Subject): Promise<Status> {
  const { condition } = await observe(host, subject)
  return statusIn(host, subject, condition)
}

const statusIn = (host: Host, subject: Subject, condition: Condition): Status => ({
  subject,
  condition:
    condition.kind === 'running'
      ? { ...condition, notes: [...condition.notes, ...notesOnReading(host, subject)] }
      : condition,
  status: statusOf(condition),
  uptime: condition.kind === 'running' ? host.clock.now() - condition.process.startedAt : undefined,
})

/** How much of its history is looked through for the last end, and how much is shown. */
const REMEMBERED = 20
const SHOWN = 3

export async function statusDetail(host: Host, subject: Subject): Promise<StatusDetail> {
  const measured = await statusMeasured(host, subject)
  const pids = measured.processes.map((process) => process.pid)
  const { stdout } = subject.definition.log
  return {
    ...measured,
    pss: shareOf(host, measured.processes),
    listening: host.processes.listening(pids),
    history: measured.history.slice(-SHOWN),
    logLines: stdout.kind === 'file' ? host.files.tail(stdout.path, 5) : [],
  }
}

/** PSS of them all; undefined: it is not to be seen. */
export function shareOf({ processes }: Host, members: readonly ProcessFacts[]): number | undefined {
  const shares = members.map(({ pid }) => processes.proportionalMemory(pid)).filter((share) => share !== undefined)
  return shares.length === 0 ? undefined : sum(shares)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export async function statusMeasured(host: Host, subject: Subject): Promise<Measured> {
  const { condition, observation } = await observe(host, subject)
  const { record } = observation
  const members =
    condition.kind === 'running'
      ? [
          condition.process,
          ...(await membersNow(host, condition.main, record.kind === 'read' ? record.record : undefined)).others,
        ]
      : condition.leftovers.processes
  const usages = members.map((process) => host.processes.usage(process.pid)).filter((usage) => usage !== undefined)
  const descriptors = usages.map((usage) => usage.descriptors).filter((count) => count !== undefined)
  const history = host.history.read(subject.key, REMEMBERED)
  return {
    ...statusIn(host, subject, condition),
    wish: host.wishes.read(subject.key),
    processes: members,
    rss: sum(usages.map((usage) => usage.rss)),
    cpuTime: sum(usages.map((usage) => usage.cpuTime)),
    threads: sum(usages.map((usage) => usage.threads)),
    descriptors: descriptors.length === 0 ? undefined : sum(descriptors),
    lastExit: history.findLast(({ exit }) => exit !== undefined)?.exit,
    history,
  }
}

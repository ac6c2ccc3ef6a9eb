import type { Milliseconds } from '../base/duration.ts'
import { statusOf, type Condition } from '../decide/condition.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { HistoryEntry, Host, Wish } from '../host/host.ts'
import { membersNow } from './members.ts'
import { observe } from './observe.ts'
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

/** What a closer look adds: all processes, what they use and listen on, what was done last. */
export interface StatusDetail extends Status {
  readonly wish: Wish | undefined
  readonly processes: readonly ProcessFacts[]
  readonly rss: number
  readonly cpuTime: Milliseconds
  readonly threads: number
  readonly descriptors: number | undefined
  readonly listening: readonly string[]
  readonly history: readonly HistoryEntry[]
  readonly logLines: readonly string[]
}

export async function statusOne(host: Host, subject: Subject): Promise<Status> {
  const { condition } = await observe(host, subject)
  return statusIn(host, subject, condition)
}

const statusIn = (host: Host, subject: Subject, condition: Condition): Status => ({
  subject,
  condition,
  status: statusOf(condition),
  uptime: condition.kind === 'running' ? host.clock.now() - condition.process.startedAt : undefined,
})

export async function statusDetail(host: Host, subject: Subject): Promise<StatusDetail> {
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
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const descriptors = usages.map((usage) => usage.descriptors).filter((count) => count !== undefined)
  const { stdout } = subject.definition.log
  return {
    ...statusIn(host, subject, condition),
    wish: host.wishes.read(subject.key),
    processes: members,
    rss: sum(usages.map((usage) => usage.rss)),
    cpuTime: sum(usages.map((usage) => usage.cpuTime)),
    threads: sum(usages.map((usage) => usage.threads)),
    descriptors: descriptors.length === 0 ? undefined : sum(descriptors),
    listening: host.processes.listening(members.map((process) => process.pid)),
    history: host.history.read(subject.key, 3),
    logLines: stdout.kind === 'file' ? host.files.tail(stdout.path, 5) : [],
  }
}

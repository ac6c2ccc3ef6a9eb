import { failure } from '../../src/base/failure.ts'
import { err, ok } from '../../src/base/result.ts'
import type { Outcome } from '../../src/operations/act.ts'
import type { PauseOutcome } from '../../src/operations/pause.ts'
import type { ControlEvent, WatchControl, WatchReport } from '../../src/watch/control.ts'

export const reportOf = (name: string, more: Partial<WatchReport> = {}): WatchReport => ({
  name,
  key: name,
  hash: `hash of ${name}`,
  phase: 'up',
  want: 'up',
  paused: false,
  pid: 4711,
  since: Date.UTC(2026, 10, 21, 12),
  nextAt: undefined,
  respawns: 0,
  inWindow: 1,
  burst: 5,
  sentence: 'up',
  ...more,
})

export const outcomeOf = (name: string, verb: Outcome['verb'], more: Partial<Outcome> = {}): Outcome => ({
  name,
  verb,
  result: 'done',
  why: undefined,
  failure: undefined,
  pid: 4711,
  main: undefined,
  exit: undefined,
  before: undefined,
  took: 12.3,
  lastSignal: undefined,
  rolledBack: false,
  ...more,
})

export const eventOf = (name: string | undefined, message: string): ControlEvent => ({
  at: Date.UTC(2026, 10, 21, 12),
  name,
  kind: 'wished',
  level: 'info',
  message,
  report: undefined,
  telling: undefined,
})

/** A watcher of `web@1`, `web@2` and `db` that only writes down what it is asked. */
export class FakeControl implements WatchControl {
  readonly asked: unknown[] = []
  readonly listeners = new Set<(event: ControlEvent) => void>()
  /** What a verb does instead of succeeding at once. */
  work: WatchControl['act'] = async (name, { verb }) => outcomeOf(name, verb)

  list(): readonly WatchReport[] {
    return ['web@1', 'web@2', 'db'].map((name) => reportOf(name))
  }
  find(name: string): WatchReport | undefined {
    return this.list().find((report) => report.name === name)
  }
  act(...asked: Parameters<WatchControl['act']>): Promise<Outcome> {
    const [name, request, options] = asked
    this.asked.push(['act', name, request, options])
    return this.work(...asked)
  }
  async pause(name: string, options: unknown): Promise<PauseOutcome> {
    this.asked.push(['pause', name, options])
    return { name, verb: 'pause', result: 'done', failure: undefined }
  }
  async resume(name: string, options: unknown): Promise<PauseOutcome> {
    this.asked.push(['resume', name, options])
    return { name, verb: 'resume', result: 'nothing', failure: undefined }
  }
  async runAction(name: string, action: string, args: readonly string[]) {
    this.asked.push(['action', name, action, args])
    return action === 'greet'
      ? ok(['hello'])
      : err(failure('unsupported', 'planning', `${name} has no action ${action}`, { remedy: 'define it' }))
  }
  subscribe(listener: (event: ControlEvent) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
  async reloadDefinitions() {
    this.asked.push(['reload-definitions'])
    return ok({ added: ['new'], removed: [], changed: ['db'] })
  }
  async rescale() {
    this.asked.push(['rescale'])
    return ok({ added: ['web@3'], removed: [], changed: [] })
  }
  shutdown(how: 'leave' | 'stop'): void {
    this.asked.push(['shutdown', how])
  }
  /** Something happens. */
  tell(event: ControlEvent): void {
    for (const listener of this.listeners) listener(event)
  }
}

import { parseDuration } from '../base/duration.ts'
import { failure } from '../base/failure.ts'
import { previewPause, setPaused, type PauseOutcome } from '../operations/pause.ts'
import { inParallel } from '../operations/in-parallel.ts'
import type { Subject } from '../operations/run.ts'
import { connectToWatcher } from './connect-to-watcher.ts'
import { AT_ONCE, DaemonCommand, progressOn, type GivenFlags } from './daemon-command.ts'
import { exitStatusOf, worst } from './exit-status.ts'
import { renderFailure } from './render/failure.ts'
import { planJson, writeJson } from './render/json.ts'
import { pausesJson, renderPause } from './render/pause.ts'
import { renderPlan } from './render/plan.ts'
import { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

/** pause and resume. */
export abstract class PauseCommand extends DaemonCommand {
  /** By the watcher if there is one, so that it heeds it at once; by ourselves otherwise, for the next one. */
  protected async setPaused(verb: PauseOutcome['verb'], flags: GivenFlags, words: readonly string[]): Promise<void> {
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const lockWithin = parseDuration(flags['lock-timeout'] ?? '1m')
    if (!lockWithin.ok) {
      return this.finish(this.fail(failure('usage', 'planning', `--lock-timeout: ${lockWithin.error}`), output))
    }
    const subjects = await this.subjects(surroundings, flags, words, 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    if (flags['dry-run'] === true) return this.foretell(surroundings, subjects.value, verb, output)
    const watcher = await connectToWatcher(surroundings)
    const byWatcher = async (subject: Subject): Promise<PauseOutcome | undefined> => {
      if (watcher === undefined) return undefined
      const { pauseByWatcher } = await import('../watch/act-by-watcher.ts')
      return pauseByWatcher(watcher, subject, verb)
    }
    const outcomes = await inParallel(subjects.value, AT_ONCE, async (subject) => {
      const byUs = (): Promise<PauseOutcome> =>
        setPaused(surroundings.host, subject, verb, progressOn(terminal, subject), lockWithin.value)
      const outcome = (await byWatcher(subject)) ?? (await byUs())
      if (flags.json) return outcome
      if (outcome.failure === undefined) terminal.line(renderPause(outcome, terminal.theme))
      else terminal.error(renderFailure(outcome.name, outcome.failure, terminal.theme))
      return outcome
    })
    watcher?.close()
    if (flags.json) terminal.answer(writeJson(pausesJson(verb, outcomes)))
    this.finish(worst(outcomes.map((outcome) => exitStatusOf(outcome.failure))))
  }

  private async foretell(
    { host }: Surroundings,
    subjects: readonly Subject[],
    verb: PauseOutcome['verb'],
    { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
  ): Promise<void> {
    const plans = await inParallel(subjects, AT_ONCE, async (subject) => ({
      name: subject.definition.name,
      ...(await previewPause(host, subject, verb)),
    }))
    if (json) terminal.answer(writeJson(planJson(verb, plans)))
    else
      for (const { name, condition, plan } of plans) terminal.answer(renderPlan(name, condition, plan, terminal.theme))
    this.finish(0)
  }
}

import { Args, Flags } from '@oclif/core'
import { parseDuration } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { connectToWatcher } from '../cli/connect-to-watcher.ts'
import { DaemonCommand, onInterrupt, progressOn, show } from '../cli/daemon-command.ts'
import { exitStatusOf, worst } from '../cli/exit-status.ts'
import { actingFlags, choiceFlags } from '../cli/flags.ts'
import { outcomesJson, planJson, writeJson } from '../cli/render/json.ts'
import { renderPlan } from '../cli/render/plan.ts'
import { numberJson, renderNumber } from '../cli/render/scale.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Terminal } from '../cli/terminal.ts'
import type { ControlClient } from '../watch/control-client.ts'
import { act } from '../operations/act.ts'
import { previewScale, scale, type Family, type Hands, type ScaleOptions } from '../operations/scale.ts'

/** As a definition may have it. */
const MOST = 1000
/** The watcher notices a new number by itself as well. */
const ANSWERS_WITHIN = 5_000

export default class ScaleCommand extends DaemonCommand {
  static override summary = 'Change the number of instances of a daemon, durably.'
  static override description =
    'Afterwards NAME@1 to NAME@N run, and no others: the highest are stopped by their schedule, missing ones are started. The number holds for every verb and for the watcher, in place of "instances" in the definition, until --reset.'
  static override strict = false
  static override args = {
    name: Args.string({ description: 'the name of a daemon that is defined with instances' }),
    number: Args.string({ description: `how many instances there are to be, 1 to ${MOST}` }),
  }
  static override flags = {
    file: choiceFlags.file,
    reset: Flags.boolean({ description: 'as many as its definition says' }),
    ...actingFlags,
  }
  static override examples = ['<%= config.bin %> scale worker 8', '<%= config.bin %> scale worker --reset']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ScaleCommand)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const asked = readWords(argv.map(String), flags.reset)
    if (!asked.ok) return this.finish(this.fail(asked.error, output))
    const lockWithin = parseDuration(flags['lock-timeout'])
    if (!lockWithin.ok) {
      return this.finish(this.fail(failure('usage', 'planning', `--lock-timeout: ${lockWithin.error}`), output))
    }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const family = await surroundings.family(asked.value.name, flags.file)
    if (!family.ok) return this.finish(this.fail(family.error, output))
    const options = { wanted: asked.value.wanted, lockWithin: lockWithin.value }
    return flags['dry-run']
      ? this.previewScale(surroundings, family.value, options, output)
      : this.scale(surroundings, family.value, options, output)
  }

  private async scale(
    surroundings: Surroundings,
    family: Family,
    options: ScaleOptions,
    output: { readonly json: boolean; readonly terminal: Terminal },
  ): Promise<void> {
    const { terminal, json } = output
    const interrupted = onInterrupt(terminal, [family.name])
    const watcher = await connectToWatcher(surroundings)
    const hands = handsOf(surroundings, watcher, options, output)
    const waiting: Parameters<typeof scale>[4] = (what, since, within) =>
      terminal.waiting(`${family.name}: ${what}`, since, within)
    const scaled = await scale(surroundings.host, family, options, hands, waiting)
    watcher?.close()
    interrupted()
    if (!scaled.ok) return this.finish(this.fail(scaled.error, output, family.name))
    const { plan, outcomes, numbered } = scaled.value
    if (json) {
      const number = numberJson(family.name, numbered ? plan : { ...plan, to: plan.from, number: 'leave' })
      terminal.answer(writeJson({ ...outcomesJson('scale', outcomes), scale: number }))
    } else if (numbered) terminal.line(renderNumber(family.name, plan, false))
    else
      terminal.error(`daemonctl: ${family.name} has ${plan.from} instances as before: not all of them could be stopped`)
    this.finish(worst(outcomes.map((outcome) => exitStatusOf(outcome.failure))))
  }

  private async previewScale(
    { host }: Surroundings,
    family: Family,
    { wanted }: ScaleOptions,
    output: { readonly json: boolean; readonly terminal: Terminal },
  ): Promise<void> {
    const { terminal, json } = output
    const previewed = await previewScale(host, family, wanted)
    if (!previewed.ok) return this.finish(this.fail(previewed.error, output, family.name))
    const { plan, plans } = previewed.value
    if (json) {
      terminal.answer(writeJson({ ...planJson('scale', plans), scale: numberJson(family.name, plan) }))
    } else {
      for (const each of plans) terminal.answer(renderPlan(each.name, each.condition, each.plan, terminal.theme))
      terminal.answer(renderNumber(family.name, plan, true))
    }
    this.finish(worst(plans.map(({ plan }) => exitStatusOf(plan.kind === 'refused' ? plan.failure : undefined))))
  }
}

/** The watcher for what it watches, ourselves for the rest. */
function handsOf(
  { host }: Surroundings,
  watcher: ControlClient | undefined,
  { lockWithin }: ScaleOptions,
  { terminal, json }: { readonly json: boolean; readonly terminal: Terminal },
): Hands {
  const how = { lockWithin, rollback: false }
  return {
    async act(subject, verb) {
      const progress = progressOn(terminal, subject)
      const byWatcher =
        watcher === undefined
          ? undefined
          : await (await import('../watch/act-by-watcher.ts')).actByWatcher(watcher, subject, { verb }, progress, how)
      const outcome = byWatcher ?? (await act(host, subject, { verb }, progress, how))
      // Of what runs already there is nothing to tell.
      if (!json && (verb === 'stop' || outcome.result !== 'nothing')) show(outcome, terminal)
      return outcome
    },
    async numberChanged() {
      await watcher?.call('rescale', {}, { within: ANSWERS_WITHIN })
    },
  }
}

function readWords(
  [name, number, ...more]: readonly string[],
  reset: boolean,
): Result<{ readonly name: string; readonly wanted: number | 'as-defined' }, Failure> {
  const wrong = (message: string, remedy: string): Result<never, Failure> =>
    err(failure('usage', 'planning', message, { remedy }))
  if (name === undefined) return wrong('it is not said which daemon is meant', 'scale NAME NUMBER')
  if (more.length > 0)
    return wrong(`there are ${more.length + 2} words, and only a name and a number are understood`, 'scale NAME NUMBER')
  if (reset && number !== undefined) return wrong('--reset and a number exclude each other', 'give one of them')
  if (reset) return ok({ name, wanted: 'as-defined' })
  if (number === undefined)
    return wrong(`it is not said how many instances of ${name} there are to be`, `scale ${name} NUMBER, or --reset`)
  const count = /^\d{1,9}$/.test(number) ? Number(number) : undefined
  if (count === 0)
    return wrong(`there is at least one instance of ${name}`, `to have none of them run: daemonctl stop ${name}`)
  if (count === undefined || count > MOST) {
    return wrong(`${JSON.stringify(number)} is not a number of instances`, `a whole number from 1 to ${MOST}`)
  }
  return ok({ name, wanted: count })
}

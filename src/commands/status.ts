import { Args, Flags } from '@oclif/core'
import { printable } from '../base/text.ts'
import { connectToWatcher } from '../cli/connect-to-watcher.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { MONITOR_FORMATS } from '../decide/monitor/formats.ts'
import { worst } from '../cli/exit-status.ts'
import { choiceFlags, matchFlags } from '../cli/flags.ts'
import { statusesJson, writeJson } from '../cli/render/json.ts'
import { renderScale, scaleJson } from '../cli/render/scale.ts'
import { renderStatusDetail, renderStatusLines } from '../cli/render/status.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Subject } from '../operations/run.ts'
import { statusDetail, statusOne, type StatusDetail } from '../operations/status.ts'
import type { WatchedState } from '../watch/watched-states.ts'

export default class StatusCommand extends DaemonCommand {
  static override summary = 'Tell the truth about daemons.'
  static override description =
    'Exit status: 0 running, 1 dead but its pidfile is there, 2 dead but its lock file is there, 3 stopped, 4 unknown. ' +
    'Without a name: all daemons, one line each.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    ...choiceFlags,
    ...matchFlags,
    format: Flags.string({
      description: 'print what a monitor understands',
      options: [...MONITOR_FORMATS],
      exclusive: ['json'],
      helpGroup: 'OUTPUT',
    }),
    warning: Flags.string({
      char: 'w',
      description: 'with --format nagios: values out of this range are a warning (memory=0:500000000)',
      helpValue: 'VALUE=RANGE',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['format'],
      helpGroup: 'OUTPUT',
    }),
    critical: Flags.string({
      char: 'c',
      description: 'with --format nagios: values out of this range are critical',
      helpValue: 'VALUE=RANGE',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['format'],
      helpGroup: 'OUTPUT',
    }),
  }
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status myapp',
    '<%= config.bin %> status --pidfile /run/nginx.pid',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(StatusCommand)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const subjects = await this.subjects(surroundings, flags, argv.map(String), 'everything')
    if (!subjects.ok) {
      if (flags.format === 'nagios') {
        terminal.answer(`DAEMONCTL UNKNOWN - ${printable(subjects.error.message).replaceAll('|', '/')}`)
        return this.finish(NAGIOS_UNKNOWN)
      }
      const status = this.fail(subjects.error, { json: flags.json, terminal })
      // LSB has no word for a bad definition in its table for status: the condition is unknown.
      return this.finish(subjects.error.reason === 'usage' ? status : UNKNOWN)
    }
    const { host } = surroundings
    const watched = await watchedBy(surroundings)
    const stateOf = ({ key }: Subject): WatchedState | undefined => watched.get(key)
    const format = MONITOR_FORMATS.find((known) => known === flags.format)
    if (format !== undefined) {
      const monitors = await import('../cli/monitors.ts')
      const warning = monitors.readThresholds('warning', flags.warning ?? [])
      if (!warning.ok) return this.finish(this.fail(warning.error, { json: false, terminal }))
      const critical = monitors.readThresholds('critical', flags.critical ?? [])
      if (!critical.ok) return this.finish(this.fail(critical.error, { json: false, terminal }))
      const samples = await monitors.samplesOf(host, subjects.value, (subject) => stateOf(subject)?.respawns)
      const answer = await monitors.renderForMonitor(format, samples, {
        warning: warning.value,
        critical: critical.value,
      })
      terminal.answer(answer.text)
      return this.finish(answer.status)
    }
    const scales = surroundings.scalesOf(subjects.value.map(({ definition }) => definition))
    const scaled = scales.length === 0 ? {} : { scaled: scales.map(scaleJson) }
    const [only] = subjects.value
    if (only !== undefined && subjects.value.length === 1) {
      const seen = await statusDetail(host, only)
      const detail = { ...seen, figures: await figuresOf(surroundings, only, seen) }
      if (flags.json) terminal.answer(writeJson({ ...statusesJson([detail], stateOf), ...scaled }))
      else terminal.line(renderStatusDetail(detail, terminal.theme, stateOf(only)))
      if (!flags.json) for (const scale of scales) terminal.line(`  ${terminal.theme.quiet(renderScale(scale))}`)
      return this.finish(detail.status)
    }
    const statuses = await Promise.all(subjects.value.map((subject) => statusOne(host, subject)))
    if (flags.json) terminal.answer(writeJson({ ...statusesJson(statuses, stateOf), ...scaled }))
    else if (statuses.length === 0) terminal.line('no daemon is defined here')
    else terminal.line(renderStatusLines(statuses, terminal.theme, stateOf))
    if (!flags.json) for (const scale of scales) terminal.line(terminal.theme.quiet(renderScale(scale)))
    this.finish(worst(statuses.map((status) => status.status)))
  }
}

/** What a daemon tells of itself, if it runs and its definition says where. */
async function figuresOf(
  { host }: Surroundings,
  subject: Subject,
  { condition }: StatusDetail,
): Promise<StatusDetail['figures']> {
  if (condition.kind !== 'running' || subject.definition.metrics === undefined) return undefined
  const { ownFigures } = await import('../cli/own-figures.ts')
  return ownFigures(host, subject)
}

/** The states by key; none where there is no watcher, which costs one look. */
async function watchedBy(surroundings: Surroundings): Promise<ReadonlyMap<string, WatchedState>> {
  const watcher = await connectToWatcher(surroundings)
  if (watcher === undefined) return new Map()
  const { watchedStates } = await import('../watch/watched-states.ts')
  const states = await watchedStates(watcher)
  watcher.close()
  return states
}

const UNKNOWN = 4
const NAGIOS_UNKNOWN = 3

import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { worst } from '../cli/exit-status.ts'
import { choiceFlags, matchFlags } from '../cli/flags.ts'
import { statusesJson, writeJson } from '../cli/render/json.ts'
import { renderStatusDetail, renderStatusLines } from '../cli/render/status.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { statusDetail, statusOne } from '../operations/status.ts'

export default class StatusCommand extends DaemonCommand {
  static override summary = 'Tell the truth about daemons.'
  static override description =
    'Exit status: 0 running, 1 dead but its pidfile is there, 2 dead but its lock file is there, 3 stopped, 4 unknown. ' +
    'Without a name: all daemons, one line each.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = { ...choiceFlags, ...matchFlags }
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
      const status = this.fail(subjects.error, { json: flags.json, terminal })
      // LSB has no word for a bad definition in its table for status: the condition is unknown.
      return this.finish(subjects.error.reason === 'usage' ? status : UNKNOWN)
    }
    const { host } = surroundings
    const [only] = subjects.value
    if (only !== undefined && subjects.value.length === 1) {
      const detail = await statusDetail(host, only)
      if (flags.json) terminal.answer(writeJson(statusesJson([detail])))
      else terminal.line(renderStatusDetail(detail, terminal.theme))
      return this.finish(detail.status)
    }
    const statuses = await Promise.all(subjects.value.map((subject) => statusOne(host, subject)))
    if (flags.json) terminal.answer(writeJson(statusesJson(statuses)))
    else if (statuses.length === 0) terminal.line('no daemon is defined here')
    else terminal.line(renderStatusLines(statuses, terminal.theme))
    this.finish(worst(statuses.map((status) => status.status)))
  }
}

const UNKNOWN = 4

import { Args } from '@oclif/core'
import { connectToWatcher } from '../cli/connect-to-watcher.ts'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { worst } from '../cli/exit-status.ts'
import { choiceFlags, matchFlags } from '../cli/flags.ts'
import { statusesJson, writeJson } from '../cli/render/json.ts'
import { renderStatusDetail, renderStatusLines } from '../cli/render/status.ts'
import { Surroundings } from '../cli/surroundings.ts'
import type { Subject } from '../operations/run.ts'
import { statusDetail, statusOne } from '../operations/status.ts'
import type { WatchedState } from '../watch/watched-states.ts'

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
    const watched = await watchedBy(surroundings)
    const stateOf = ({ key }: Subject): WatchedState | undefined => watched.get(key)
    const [only] = subjects.value
    if (only !== undefined && subjects.value.length === 1) {
      const detail = await statusDetail(host, only)
      if (flags.json) terminal.answer(writeJson(statusesJson([detail], stateOf)))
      else terminal.line(renderStatusDetail(detail, terminal.theme, stateOf(only)))
      return this.finish(detail.status)
    }
    const statuses = await Promise.all(subjects.value.map((subject) => statusOne(host, subject)))
    if (flags.json) terminal.answer(writeJson(statusesJson(statuses, stateOf)))
    else if (statuses.length === 0) terminal.line('no daemon is defined here')
    else terminal.line(renderStatusLines(statuses, terminal.theme, stateOf))
    this.finish(worst(statuses.map((status) => status.status)))
  }
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

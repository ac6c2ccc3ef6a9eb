import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { choiceFlags } from '../cli/flags.ts'
import { historyJson, writeJson } from '../cli/render/json.ts'
import { historyLine } from '../cli/render/status.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { printable } from '../base/text.ts'

export default class HistoryCommand extends DaemonCommand {
  static override summary = 'Show what was done to daemons: by whom, when, with what result.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = choiceFlags

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(HistoryCommand)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const subjects = await this.subjects(surroundings, flags, argv.map(String), 'only-one')
    if (!subjects.ok) return this.finish(this.fail(subjects.error, { json: flags.json, terminal }))
    const histories = subjects.value.map((subject) => ({
      name: subject.definition.name,
      entries: surroundings.host.history.read(subject.key),
    }))
    if (flags.json) {
      const daemons = histories.map(({ name, entries }) => ({ name, entries: entries.map(historyJson) }))
      return terminal.answer(writeJson({ version: 1, daemons }))
    }
    for (const { name, entries } of histories) {
      if (histories.length > 1) terminal.line(terminal.theme.name(name))
      if (entries.length === 0) terminal.line('nothing has been done to it yet')
      for (const entry of entries) terminal.line(printable(historyLine(entry)))
    }
  }
}

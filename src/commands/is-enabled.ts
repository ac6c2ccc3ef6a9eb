import { BootCommand, bootArgs, bootFlags } from '../cli/boot-command.ts'
import { writeJson } from '../cli/render/json.ts'
import { isEnabled } from '../host/boot-enabled.ts'

export default class IsEnabled extends BootCommand {
  static override summary = 'Tell whether daemons are started at the boot.'
  static override description = 'Exit status: 0 if all of them are, 1 if one is not.'
  static override strict = false
  static override args = bootArgs
  static override flags = bootFlags
  static override examples = ['<%= config.bin %> is-enabled myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(IsEnabled)
    const terminal = this.terminal(flags.quiet)
    const work = await this.work(flags, argv.map(String))
    if (!work.ok) return this.finish(this.fail(work.error, { json: flags.json, terminal }))
    const { root, place, daemons } = work.value
    const answers = daemons.map((daemon) => ({ name: daemon.name, enabled: isEnabled(root, place, daemon) }))
    if (flags.json) terminal.answer(writeJson({ version: 1, init: place.init, root, daemons: answers, failure: null }))
    else for (const { name, enabled } of answers) terminal.line(`${name}: ${enabled ? 'enabled' : 'disabled'}`)
    this.finish(answers.every(({ enabled }) => enabled) ? 0 : 1)
  }
}

import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags, programFlags, reloadFlag, scheduleFlag } from '../cli/flags.ts'

export default class ForceReload extends DaemonCommand {
  static override summary = 'Reload daemons that can; restart those that cannot.'
  static override description =
    'LSB: reloads the configuration where the daemon supports that, otherwise restarts the daemon if it is running.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons; with --pidfile the program' }) }
  static override flags = {
    ...choiceFlags,
    ...matchFlags,
    ...programFlags,
    ...reloadFlag,
    ...scheduleFlag,
    ...actingFlags,
  }
  static override examples = ['<%= config.bin %> force-reload myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ForceReload)
    await this.actOn({ verb: 'force-reload' }, flags, argv.map(String))
  }
}

import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import {
  actingFlags,
  choiceFlags,
  matchFlags,
  programFlags,
  rollbackFlag,
  rollingFlag,
  scheduleFlag,
} from '../cli/flags.ts'

export default class Condrestart extends DaemonCommand {
  static override summary = 'Restart daemons that run; leave the others alone.'
  static override description = 'As restart, but a daemon that does not run is not started, and that is no failure.'
  static override strict = false
  static override aliases = ['try-restart']
  static override args = { names: Args.string({ description: 'names of daemons; with --pidfile the program' }) }
  static override flags = {
    ...choiceFlags,
    ...matchFlags,
    ...programFlags,
    ...scheduleFlag,
    ...rollbackFlag,
    ...rollingFlag,
    ...actingFlags,
  }
  static override examples = ['<%= config.bin %> condrestart myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Condrestart)
    await this.actOn({ verb: 'condrestart' }, flags, argv.map(String))
  }
}

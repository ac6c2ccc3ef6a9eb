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

export default class Restart extends DaemonCommand {
  static override summary = 'Stop daemons and start them again, never two at once.'
  static override description =
    'Tests the configuration first, so that a bad one ends nothing; waits for the end of the old daemon, then starts the new one. Starts what is stopped.'
  static override strict = false
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
  static override examples = [
    '<%= config.bin %> restart myapp',
    '<%= config.bin %> restart myapp --rollback',
    '<%= config.bin %> restart worker --rolling',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Restart)
    await this.actOn({ verb: 'restart' }, flags, argv.map(String))
  }
}

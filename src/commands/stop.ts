import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags, scheduleFlag } from '../cli/flags.ts'

export default class Stop extends DaemonCommand {
  static override summary = 'Stop daemons for certain.'
  static override description =
    'Ends the main process by the stop schedule, then whatever is left of the daemon, and reports success only when nothing is. What is stopped stays stopped.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = { ...choiceFlags, ...matchFlags, ...scheduleFlag, ...actingFlags }
  static override examples = [
    '<%= config.bin %> stop myapp',
    '<%= config.bin %> stop --pidfile /run/x.pid --exec /usr/sbin/x',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Stop)
    await this.actOn({ verb: 'stop' }, flags, argv.map(String))
  }
}

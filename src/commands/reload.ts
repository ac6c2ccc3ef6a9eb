import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags, reloadFlag } from '../cli/flags.ts'

export default class Reload extends DaemonCommand {
  static override summary = 'Have daemons read their configuration again.'
  static override description =
    'Tests the configuration first, then sends the signal or runs the command of the definition, and finds out who the main process is afterwards. A signal that the daemon would die of is refused.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = { ...choiceFlags, ...matchFlags, ...reloadFlag, ...actingFlags }
  static override examples = [
    '<%= config.bin %> reload myapp',
    '<%= config.bin %> reload --pidfile /run/x.pid --signal USR2',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Reload)
    await this.actOn({ verb: 'reload' }, flags, argv.map(String))
  }
}

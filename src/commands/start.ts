import { Args } from '@oclif/core'
import { DaemonCommand } from '../cli/daemon-command.ts'
import { actingFlags, choiceFlags, matchFlags, programFlags, rollbackFlag, scheduleFlag } from '../cli/flags.ts'

export default class Start extends DaemonCommand {
  static override summary = 'Start daemons, each once.'
  static override description =
    'Starts each daemon unless it already runs, and returns when it is ready. A failed start says why and leaves nothing behind. ' +
    'With --pidfile the words after "--" are the program and its arguments.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons; with --pidfile the program' }) }
  static override flags = {
    ...choiceFlags,
    ...matchFlags,
    ...programFlags,
    ...scheduleFlag,
    ...rollbackFlag,
    ...actingFlags,
  }
  static override examples = [
    '<%= config.bin %> start myapp',
    '<%= config.bin %> start --all',
    '<%= config.bin %> start --pidfile /run/sleepy.pid -- /bin/sleep 1000',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Start)
    await this.actOn({ verb: 'start' }, flags, argv.map(String))
  }
}

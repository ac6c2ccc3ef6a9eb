import { Args } from '@oclif/core'
import { actingFlags, choiceFlags } from '../cli/flags.ts'
import { PauseCommand } from '../cli/pause-command.ts'

export default class Pause extends PauseCommand {
  static override summary = 'Have watchers leave daemons alone; they run on, or stay down.'
  static override description =
    'Durable: it holds for every watcher, also for one that is started later, and through starts and stops, until "resume".'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = { ...choiceFlags, ...actingFlags }
  static override examples = ['<%= config.bin %> pause myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Pause)
    await this.setPaused('pause', flags, argv.map(String))
  }
}

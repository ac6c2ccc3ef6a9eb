import { Args } from '@oclif/core'
import { actingFlags, choiceFlags } from '../cli/flags.ts'
import { PauseCommand } from '../cli/pause-command.ts'

export default class Resume extends PauseCommand {
  static override summary = 'Have watchers heed paused daemons again.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = { ...choiceFlags, ...actingFlags }
  static override examples = ['<%= config.bin %> resume myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Resume)
    await this.setPaused('resume', flags, argv.map(String))
  }
}

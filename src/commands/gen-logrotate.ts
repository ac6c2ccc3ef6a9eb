import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenLogrotate extends GenerateCommand {
  static override summary = 'Make configurations by which logrotate rotates the logs of daemons.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = ['<%= config.bin %> gen-logrotate myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenLogrotate)
    await this.make('logrotate', flags, argv.map(String))
  }
}

import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenS6 extends GenerateCommand {
  static override summary = 'Make directories for s6.'
  static override description = 'run, finish, notification-fd, the timeouts and log/run, for s6-supervise.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = [
    '<%= config.bin %> gen-s6 myapp --output /etc/s6/sv/',
    '<%= config.bin %> gen-s6 myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenS6)
    await this.make('s6', flags, argv.map(String))
  }
}

import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenOpenrc extends GenerateCommand {
  static override summary = 'Make scripts for OpenRC.'
  static override description =
    'supervise-daemon runs what stays in the foreground and starts it again; start-stop-daemon what detaches itself.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = [
    '<%= config.bin %> gen-openrc myapp --output /etc/init.d/',
    '<%= config.bin %> gen-openrc myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenOpenrc)
    await this.make('openrc', flags, argv.map(String))
  }
}

import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenRunit extends GenerateCommand {
  static override summary = 'Make directories for runit.'
  static override description = 'run, finish, check, control and log/run, for runsv.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = [
    '<%= config.bin %> gen-runit myapp --output /etc/sv/',
    '<%= config.bin %> gen-runit myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenRunit)
    await this.make('runit', flags, argv.map(String))
  }
}

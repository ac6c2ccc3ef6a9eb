import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenTmpfiles extends GenerateCommand {
  static override summary = 'Make lists of the directories and log files that daemons need, for systemd-tmpfiles.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = ['<%= config.bin %> gen-tmpfiles myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenTmpfiles)
    await this.make('tmpfiles', flags, argv.map(String))
  }
}

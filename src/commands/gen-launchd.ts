import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenLaunchd extends GenerateCommand {
  static override summary = 'Make property lists for launchd.'
  static override description = 'With keys of launchd.plist(5) only.'
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = [
    '<%= config.bin %> gen-launchd myapp --output /Library/LaunchDaemons/',
    '<%= config.bin %> gen-launchd myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenLaunchd)
    await this.make('launchd', flags, argv.map(String))
  }
}

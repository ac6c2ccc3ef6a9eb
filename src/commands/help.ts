import { Args, Command, Help as HelpText } from '@oclif/core'

export default class Help extends Command {
  static override summary = 'Show the help of daemonctl or of a command.'
  static override args = { command: Args.string({ description: 'the command' }) }

  async run(): Promise<void> {
    const { args } = await this.parse(Help)
    await new HelpText(this.config, this.config.pjson.oclif.helpOptions).showHelp(
      args.command === undefined ? [] : [args.command],
    )
  }
}

import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { watchDefinitions } from '../cli/watch-definitions.ts'

export default class Watch extends BaseCommand {
  static override summary = 'Keep daemons up: start them again when they die.'
  static override description =
    'Takes back every daemon that runs, starts those that are wanted, and starts again what dies, by the [respawn] table of its definition. Without a name: all daemons. HUP has the definitions read again, TERM ends the watcher and leaves the daemons running.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
    once: Flags.boolean({ description: 'look once, start what is down and wanted, and end; for cron' }),
    'on-exit': Flags.string({
      description: 'what becomes of the daemons when the watcher is told to end',
      options: ['leave', 'stop'],
      default: 'leave',
    }),
    'ready-fd': Flags.integer({
      description: 'write a line to this descriptor when every daemon has been looked at',
      helpValue: 'FD',
    }),
  }
  static override examples = ['<%= config.bin %> watch', '<%= config.bin %> watch --once myapp']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Watch)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const watched = await watchDefinitions(
      surroundings,
      terminal,
      { names: argv.map(String), file: flags.file },
      {
        json: flags.json,
        once: flags.once,
        onExit: flags['on-exit'] === 'stop' ? 'stop' : 'leave',
        readyFd: flags['ready-fd'],
      },
    )
    this.finish(watched.ok ? watched.value : this.fail(watched.error, output))
  }
}

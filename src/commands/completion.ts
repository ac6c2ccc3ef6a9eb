import { Args, type Command } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { completionScript, SHELLS, type CompletedCommand, type CompletedFlag } from '../cli/completion.ts'
import { cachedCommands } from '../cli/manifest.ts'

export default class Completion extends BaseCommand {
  static override summary = 'Print a script by which a shell completes verbs, flags and names.'
  static override args = {
    shell: Args.string({ description: 'bash, zsh or fish', options: [...SHELLS], required: true }),
  }
  static override examples = [
    '<%= config.bin %> completion bash > /etc/bash_completion.d/daemonctl',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/daemonctl.fish',
  ]

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion)
    const shell = SHELLS.find((known) => known === args.shell) ?? 'bash'
    this.terminal(flags.quiet).answer(completionScript(shell, Object.values(cachedCommands).map(completed)).trimEnd())
  }
}

const completed = ({ id, aliases, summary, flags }: Command.Cached): CompletedCommand => ({
  id,
  aliases,
  summary: summary ?? '',
  flags: Object.values(flags).map((flag): CompletedFlag => ({
    name: flag.name,
    char: flag.char,
    description: flag.description ?? flag.summary ?? '',
    value: flag.type === 'boolean' ? 'none' : valueOf(flag),
  })),
})

function valueOf({ options, helpValue }: Command.Flag.Cached & { type: 'option' }): CompletedFlag['value'] {
  if (options !== undefined && options.length > 0) return options
  return ['PATH', 'FILE', 'DIR'].includes(String(helpValue)) ? 'file' : 'text'
}

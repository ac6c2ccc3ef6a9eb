import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { exitStatusOf, worst } from '../cli/exit-status.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { writeJson } from '../cli/render/json.ts'
import { renderTable } from '../cli/render/table.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { printable } from '../base/text.ts'

export default class List extends BaseCommand {
  static override summary = 'List the daemons that are defined, and where.'
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
    names: Flags.boolean({ description: 'print the names only, one on a line', exclusive: ['json'] }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(List)
    const terminal = this.terminal(flags.quiet)
    const files = await new Surroundings((text) => terminal.error(`daemonctl: ${text}`)).catalog(flags.file)
    const daemons = files.flatMap(({ path, outcome }) =>
      outcome.ok ? outcome.value.map(({ definition }) => ({ definition, path })) : [],
    )
    const failures = files
      .map(({ outcome }) => (outcome.ok ? undefined : outcome.error))
      .filter((one) => one !== undefined)
    if (flags.names) {
      for (const { definition } of daemons) terminal.answer(definition.name)
    } else if (flags.json) {
      const listed = daemons.map(({ definition, path }) => ({
        name: definition.name,
        description: definition.description ?? null,
        type: definition.type,
        pidfile: definition.pidfile,
        file: path,
      }))
      terminal.answer(writeJson({ version: 1, daemons: listed, failures: failures.map((one) => one.message) }))
    } else if (daemons.length > 0) {
      const rows = daemons.map(({ definition, path }) => [
        terminal.theme.name(definition.name),
        definition.type,
        printable(definition.description ?? ''),
        printable(path),
      ])
      terminal.line(renderTable(['NAME', 'TYPE', 'DESCRIPTION', 'FILE'], rows, terminal.theme))
    } else if (failures.length === 0) terminal.line('no daemon is defined here')
    if (!flags.json) for (const one of failures) terminal.error(renderFailure(undefined, one, terminal.theme))
    this.finish(worst(failures.map(exitStatusOf)))
  }
}

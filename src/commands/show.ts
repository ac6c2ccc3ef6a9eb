import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { plain } from '../base/json.ts'
import { writeJson } from '../cli/render/json.ts'
import { renderTable } from '../cli/render/table.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { explain } from '../definition/explain.ts'
import { printable } from '../base/text.ts'

export default class Show extends BaseCommand {
  static override summary = 'Show the effective definition of daemons, and where each value comes from.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons' }) }
  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'all daemons that are defined' }),
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
  }

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Show)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const names = argv.map(String)
    const sources = await surroundings.select({ file: flags.file, all: flags.all, names, without: 'only-one' })
    if (!sources.ok) return this.finish(this.fail(sources.error, { json: flags.json, terminal }))
    const explained = await Promise.all(
      sources.value.map(async (daemon) => ({ daemon, values: await explain(await daemon.source()) })),
    )
    if (flags.json) {
      const daemons = explained.map(({ daemon, values }) => ({
        name: daemon.definition.name,
        values: values.map(({ key, value, origin }) => ({ key, value: plain(value), origin })),
      }))
      return terminal.answer(writeJson({ version: 1, daemons }))
    }
    for (const { daemon, values } of explained) {
      terminal.line(terminal.theme.name(daemon.definition.name))
      const rows = values.map(({ key, value, origin }) => [
        key,
        printable(typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(plain(value))),
        terminal.theme.quiet(printable(origin)),
      ])
      terminal.line(renderTable(['KEY', 'VALUE', 'ORIGIN'], rows, terminal.theme))
    }
  }
}

import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { EXIT } from '../cli/exit-status.ts'
import { renderFailure } from '../cli/render/failure.ts'
import { writeJson } from '../cli/render/json.ts'
import { Surroundings } from '../cli/surroundings.ts'
import { failure } from '../base/failure.ts'
import { checkAgainstHost, sharedPidfiles } from '../operations/check.ts'

export default class Check extends BaseCommand {
  static override summary = 'Find every problem of definitions, and start nothing.'
  static override description =
    'Reads definitions, and compares them with this host: programs, directories, users, pidfiles. Exit status 6 if there is any problem.'
  static override strict = false
  static override args = { names: Args.string({ description: 'names of daemons; none: everything' }) }
  static override flags = {
    file: Flags.string({ char: 'f', description: 'the file of definitions', helpValue: 'PATH' }),
  }

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Check)
    const terminal = this.terminal(flags.quiet)
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const names = argv.map(String)
    const files = await surroundings.catalog(flags.file)
    const broken = files
      .map(({ outcome }) => (outcome.ok ? undefined : outcome.error))
      .filter((one) => one !== undefined)
    const known = files.flatMap(({ outcome }) => (outcome.ok ? outcome.value : []))
    const selected =
      names.length === 0
        ? undefined
        : await surroundings.select({ file: flags.file, all: false, names, without: 'everything' })
    const sources = selected === undefined ? known : selected.ok ? selected.value : []
    const failures = [
      ...broken,
      ...(selected !== undefined && !selected.ok && broken.length === 0 ? [selected.error] : []),
      ...(known.length === 0 && broken.length === 0 && names.length === 0
        ? [failure('not-configured', 'reading the definition', 'no daemon is defined here')]
        : []),
    ]
    const problems = [
      ...sharedPidfiles(known.map((source) => source.definition)),
      ...sources
        .filter((source) => !source.template)
        .flatMap(({ definition, file }) =>
          checkAgainstHost(surroundings.host, definition).map((text) => `${file}: ${definition.name}: ${text}`),
        ),
    ]
    const bad = failures.length + problems.length > 0
    if (flags.json) {
      terminal.answer(
        writeJson({
          version: 1,
          daemons: sources.map((source) => source.definition.name),
          problems: [...failures.flatMap((one) => one.details ?? [one.message]), ...problems],
        }),
      )
    } else {
      for (const one of failures) terminal.error(renderFailure(undefined, one, terminal.theme))
      for (const problem of problems) terminal.error(problem)
      if (!bad) {
        const count = sources.length
        terminal.line(`${count} ${count === 1 ? 'daemon' : 'daemons'}, no problem`)
      }
    }
    this.finish(bad ? EXIT.notConfigured : EXIT.done)
  }
}

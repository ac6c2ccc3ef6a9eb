import { resolve } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { failure } from '../base/failure.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { EXIT } from '../cli/exit-status.ts'
import { writeJson } from '../cli/render/json.ts'
import { parseName } from '../definition/name.ts'
import { LANGUAGES, LANGUAGE_NAMES, scaffold } from '../generate/new/scaffold.ts'
import { writeNewFiles } from '../host/new-files.ts'
import { findProgram } from '../host/spawner.ts'
import { CLEAN_PATH } from '../operations/environment.ts'

export default class New extends BaseCommand {
  static override summary = 'Write a new daemon that is right from the first line, with its definition.'
  static override description =
    'It handles TERM, INT, HUP, USR1 and CHLD, runs once only, drops privileges, tells when it is ready, and has places for what it is to do. ' +
    'Nothing is overwritten.'
  static override args = { name: Args.string({ description: 'the name of the daemon', required: true }) }
  static override flags = {
    lang: Flags.option({ options: LANGUAGE_NAMES, description: 'the language it is written in', required: true })(),
    forking: Flags.boolean({
      description: 'it detaches itself, and writes its own pidfile',
      exclusive: ['foreground'],
    }),
    foreground: Flags.boolean({ description: 'daemonctl detaches it; the default' }),
    workers: Flags.integer({
      description: 'a master that keeps so many workers',
      helpValue: 'NUMBER',
      min: 1,
      max: 1000,
    }),
    output: Flags.string({
      char: 'o',
      description: 'the directory to write to',
      helpValue: 'DIRECTORY',
      default: '.',
    }),
  }
  static override examples = [
    '<%= config.bin %> new importer --lang python',
    '<%= config.bin %> new importer --lang php --forking --workers 4 --output /srv/importer',
  ]

  async run(): Promise<void> {
    const { flags, args } = await this.parse(New)
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const name = parseName(args.name)
    const wrong = !name.ok
      ? name.error
      : args.name.includes('@')
        ? 'a new daemon is no instance: leave out the "@"'
        : undefined
    if (wrong !== undefined) return this.finish(this.fail(failure('usage', 'generating', wrong), output))
    const { program } = LANGUAGES[flags.lang]
    const found = findProgram(program, `${CLEAN_PATH}:${process.env['PATH'] ?? ''}`)
    const files = scaffold({
      name: args.name,
      language: flags.lang,
      forking: flags.forking,
      workers: flags.workers,
      directory: resolve(flags.output),
      program: found ?? program,
    })
    const written = writeNewFiles(files)
    if (!written.ok) return this.finish(this.fail(written.error, output))
    const [code, definition] = files
    if (found === undefined) terminal.error(`daemonctl: ${program} is not installed here: it runs only where it is`)
    if (flags.json) terminal.answer(writeJson({ version: 1, name: args.name, files: files.map(({ path }) => path) }))
    else {
      terminal.line(`${code.path}: what it is to do goes into start, work and stop`)
      terminal.line(`${definition.path}: its definition`)
      terminal.line(terminal.theme.quiet(`next: daemonctl prove ${args.name} --file ${definition.path}`))
    }
    this.finish(EXIT.done)
  }
}

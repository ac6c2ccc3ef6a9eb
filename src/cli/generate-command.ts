import { Args, Flags } from '@oclif/core'
import { join } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseName } from '../definition/name.ts'
import type { Definition } from '../definition/definition.ts'
import { generate } from '../generate/generate.ts'
import type { GeneratedFile } from '../generate/generated.ts'
import type { GenerateOptions } from '../generate/options.ts'
import { withPrograms } from '../generate/programs.ts'
import type { Target } from '../generate/target.ts'
import { isDirectory, writeBootFile } from '../host/boot-file-writer.ts'
import { bootSubjects, templateOf, type BootSubject } from '../operations/boot-subjects.ts'
import type { DefinedDaemon } from '../operations/catalog.ts'
import { CLEAN_PATH } from '../operations/environment.ts'
import { BaseCommand } from './base-command.ts'
import { generatedJson, type Made } from './render/generated-json.ts'
import { writeJson } from './render/json.ts'
import { renderLosses } from './render/losses.ts'
import { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

export const generateArgs = { names: Args.string({ description: 'names of daemons' }) }

/** What every gen-* has. */
export const generateFlags = {
  all: Flags.boolean({ char: 'a', description: 'all daemons that are defined', helpGroup: 'WHICH DAEMONS' }),
  file: Flags.string({
    char: 'f',
    description: 'the file of definitions',
    helpValue: 'PATH',
    helpGroup: 'WHICH DAEMONS',
  }),
  output: Flags.string({
    char: 'o',
    description: 'write there instead of to the standard output: a file, or a directory for several',
    helpValue: 'PATH',
  }),
  explain: Flags.boolean({ description: 'print what the target cannot express, instead of the text' }),
  comments: Flags.boolean({ description: 'put that into the text as comments' }),
  watch: Flags.boolean({ description: 'make it for the watcher of these daemons, instead of for the daemons' }),
}

export interface GivenGenerateFlags {
  readonly json: boolean
  readonly quiet: boolean
  readonly all: boolean
  readonly file?: string | undefined
  readonly output?: string | undefined
  readonly explain: boolean
  readonly comments: boolean
  readonly watch?: boolean
}

/** A command that makes the files of one target. */
export abstract class GenerateCommand extends BaseCommand {
  protected async make(
    target: Target,
    flags: GivenGenerateFlags,
    names: readonly string[],
    more: Partial<GenerateOptions> = {},
  ): Promise<void> {
    const terminal = this.terminal(flags.quiet)
    const output = { json: flags.json, terminal }
    const surroundings = new Surroundings((text) => terminal.error(`daemonctl: ${text}`))
    const subjects = await (flags.watch === true
      ? watcherSubjects(surroundings, flags, names)
      : chooseSubjects(surroundings, flags, names, target === 'systemd'))
    if (!subjects.ok) return this.finish(this.fail(subjects.error, output))
    const { runtime, log } = surroundings.directories
    const options = { ...more, comments: flags.comments, runtimeDirectory: runtime, logDirectory: log }
    const made: Made[] = []
    for (const { definition } of subjects.value) {
      const generated = generate(target, resolved(surroundings, definition), options)
      if (!generated.ok) return this.finish(this.fail(generated.error, output, definition.name))
      made.push({ name: definition.name, ...generated.value })
    }
    const places = flags.output === undefined || flags.explain ? undefined : write(flags.output, made)
    if (places !== undefined && !places.ok) return this.finish(this.fail(places.error, output))
    if (flags.json) return terminal.answer(writeJson(generatedJson(target, made, places?.value)))
    if (flags.explain) return terminal.answer(renderLosses(target, made, terminal.theme))
    if (places === undefined) return print(made, terminal)
    for (const place of places.value.values()) terminal.line(`wrote ${place}`)
  }
}

async function watcherSubjects(
  surroundings: Surroundings,
  { file }: GivenGenerateFlags,
  names: readonly string[],
): Promise<Result<readonly BootSubject[], Failure>> {
  const { watcherDefinition } = await import('./watcher-definition.ts')
  const definition = await watcherDefinition(surroundings, { file, names })
  return definition.ok ? ok([{ definition: definition.value, instances: [] }]) : definition
}

/** `web@` is the template, whether or not the definition asks for instances itself. */
export async function chooseSubjects(
  surroundings: Surroundings,
  flags: { readonly all?: boolean; readonly file?: string | undefined },
  names: readonly string[],
  hasTemplates: boolean,
): Promise<Result<readonly BootSubject[], Failure>> {
  if (flags.all === true && names.length > 0) {
    return err(failure('usage', 'reading the definition', '--all and names exclude each other'))
  }
  const templates = names.filter((name) => name.endsWith('@'))
  const others = names.filter((name) => !name.endsWith('@'))
  if (templates.length > 0 && !hasTemplates) {
    return err(
      failure('usage', 'reading the definition', `${templates.join(', ')}: only systemd has templates`, {
        remedy: 'name the instances',
      }),
    )
  }
  const found: BootSubject[] = []
  for (const name of templates) {
    const daemon = await findTemplate(surroundings, flags.file, name)
    if (!daemon.ok) return daemon
    const definition = await templateOf(daemon.value)
    if (!definition.ok) return definition
    found.push({ definition: definition.value, instances: [] })
  }
  if (templates.length > 0 && others.length === 0) return ok(found)
  const chosen = await surroundings.select({
    file: flags.file,
    all: flags.all === true,
    names: others,
    without: 'only-one',
  })
  if (!chosen.ok) return chosen
  const subjects = await bootSubjects(chosen.value, others, hasTemplates)
  return subjects.ok ? ok([...found, ...subjects.value]) : subjects
}

async function findTemplate(
  surroundings: Surroundings,
  file: string | undefined,
  name: string,
): Promise<Result<DefinedDaemon, Failure>> {
  const parsed = parseName(name)
  if (!parsed.ok) return err(failure('usage', 'reading the definition', parsed.error))
  for (const { outcome } of await surroundings.catalog(file)) {
    const daemon = outcome.ok ? outcome.value.find((one) => one.base === parsed.value.base) : undefined
    if (daemon !== undefined) return ok(daemon)
  }
  return err(
    failure('not-configured', 'reading the definition', `there is no definition of ${JSON.stringify(name)}`, {
      remedy: 'daemonctl list shows what is defined',
    }),
  )
}

/** Programs by their paths, as they are found here. */
export const resolved = (surroundings: Surroundings, definition: Definition): Definition =>
  withPrograms(definition, (program) => surroundings.host.spawner.resolve(program, CLEAN_PATH))

/** Where each file went. One file may be named by the output itself; several need a directory. */
function write(output: string, made: readonly Made[]): Result<ReadonlyMap<GeneratedFile, string>, Failure> {
  const files = made.flatMap((one) => one.files)
  const [first] = files
  const intoDirectory = files.length !== 1 || isDirectory(output) || first?.name.includes('/') === true
  const places = new Map<GeneratedFile, string>()
  for (const file of files) {
    const place = intoDirectory ? join(output, file.name) : output
    const written = writeBootFile(place, file.text, file.mode)
    if (!written.ok) return written
    places.set(file, place)
  }
  return ok(places)
}

/** One file as it is; several each under its path, as head(1) does. */
function print(made: readonly Made[], terminal: Terminal): void {
  const files = made.flatMap((one) => one.files)
  const text =
    files.length === 1 ? files[0]?.text : files.map((file) => `==> ${file.path} <==\n${file.text}`).join('\n')
  terminal.answer((text ?? '').replace(/\n$/, ''))
  const lost = made.flatMap((one) => one.losses).filter((loss) => !loss.byDefault).length
  if (lost === 0) return
  const what = lost === 1 ? 'one setting is' : `${lost} settings are`
  terminal.remark(`daemonctl: ${what} expressed otherwise or not at all: --explain tells which`)
}

import type { Definition } from '../definition/definition.ts'
import { parseName } from '../definition/name.ts'
import { formatProblem, type Problem } from '../definition/problem.ts'
import type { DefinitionContext } from '../definition/scope.ts'
import type { DefinitionSource } from '../definition/source.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { nearest } from '../base/text.ts'
import type { DefinitionCache, DefinitionLibrary, FoundDefinition } from '../host/host.ts'

/** What each file of definitions says, or what is wrong with it. */
export interface CatalogFile {
  readonly path: string
  readonly outcome: Result<readonly DefinedDaemon[], Failure>
}

/** A daemon of a file: what it effectively is, and on demand (that takes longer) what was written. */
export interface DefinedDaemon {
  readonly definition: Definition
  readonly file: string
  /** The name without an instance. */
  readonly base: string
  /** `name@`: no daemon itself, only its instances are. */
  readonly template: boolean
  source(): Promise<DefinitionSource>
}

/** Where to look: one file (--file), or everywhere. */
export interface CatalogOptions {
  readonly file: string | undefined
  readonly context: Omit<DefinitionContext, 'directory'>
  readonly cache: DefinitionCache
  /** How many instances there are of the definitions of a file, by name, where an operator has asked for another number. */
  scaled(file: string): Readonly<Record<string, number>> | undefined
}

/** All files in reach, the nearer before the farther. */
export async function readCatalog(
  library: DefinitionLibrary,
  options: CatalogOptions,
): Promise<readonly CatalogFile[]> {
  const { file } = options
  const found = file === undefined ? library.everywhere() : [library.at(file)]
  return Promise.all(found.map((one) => readFile(one, options)))
}

async function readFile(found: FoundDefinition, options: CatalogOptions): Promise<CatalogFile> {
  const { path } = found
  if (!found.text.ok) {
    const { why, remedy } = found.text.error
    return {
      path,
      outcome: err(failure('not-configured', 'reading the definition', `${path}: ${why}`, { remedy })),
    }
  }
  const scaled = options.scaled(path)
  const context: DefinitionContext = {
    ...options.context,
    directory: found.directory,
    ...(scaled === undefined ? {} : { scaled }),
  }
  const parse = (): Promise<Result<DefinitionSource[], Problem[]>> => parseText(found, found.text, context)
  const name = `${found.kind} ${path}`
  const known = options.cache.read(name, { text: found.text.value, context })
  if (known !== undefined)
    return { path, outcome: ok(known.map((daemon) => ({ ...daemon, source: sourceOf(daemon, parse) }))) }
  const parsed = await parse()
  if (!parsed.ok) return { path, outcome: err(problemsOf(found, parsed.error)) }
  const daemons = parsed.value.map((source): DefinedDaemon => {
    const { definition, file, base, template } = source
    return { definition, file, base, template, source: async () => source }
  })
  options.cache.write(
    name,
    { text: found.text.value, context },
    daemons.map(({ definition, file, base, template }) => ({ definition, file, base, template })),
  )
  return { path, outcome: ok(daemons) }
}

/** Parsing is loaded only where the cache does not know the text. */
async function parseText(
  found: FoundDefinition,
  text: FoundDefinition['text'],
  context: DefinitionContext,
): Promise<Result<DefinitionSource[], Problem[]>> {
  const { parseDefinitionFile } = await import('../definition/parse.ts')
  return parseDefinitionFile({ text: text.ok ? text.value : '', file: found.shownPath, kind: found.kind, context })
}

const sourceOf =
  ({ definition }: Pick<DefinedDaemon, 'definition'>, parse: () => Promise<Result<DefinitionSource[], Problem[]>>) =>
  async (): Promise<DefinitionSource> => {
    const parsed = await parse()
    const source = parsed.ok ? parsed.value.find((one) => one.definition.name === definition.name) : undefined
    if (source === undefined) throw new Error(`the cache knows ${definition.name}, which its text does not define`)
    return source
  }

function problemsOf(found: FoundDefinition, problems: readonly Problem[]): Failure {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return failure('not-configured', 'reading the definition', `${found.shownPath} has ${count}`, {
    details: problems.map(formatProblem),
  })
}

/** The daemons that names stand for: `web` is all its instances, `web@2` one of them. */
export async function selectDaemons(
  library: DefinitionLibrary,
  options: CatalogOptions,
  names: readonly string[],
): Promise<Result<readonly DefinedDaemon[], Failure>> {
  const selected: DefinedDaemon[] = []
  for (const name of names) {
    const found = await selectOne(library, options, name)
    if (!found.ok) return found
    for (const source of found.value) {
      if (!selected.some((other) => other.definition.name === source.definition.name)) selected.push(source)
    }
  }
  return ok(selected)
}

async function selectOne(
  library: DefinitionLibrary,
  options: CatalogOptions,
  name: string,
): Promise<Result<readonly DefinedDaemon[], Failure>> {
  const parsed = parseName(name)
  if (!parsed.ok) return err(failure('usage', 'reading the definition', parsed.error))
  const { base, instance } = parsed.value
  const candidates = options.file === undefined ? library.named(base) : [library.at(options.file)]
  const known = new Set<string>()
  for (const candidate of candidates) {
    const { outcome } = await readFile(candidate, options)
    if (!outcome.ok) return outcome
    const exact = outcome.value.filter((source) => source.definition.name === name && !source.template)
    if (exact.length > 0) return ok(exact)
    const ofBase = outcome.value.filter((source) => source.base === base)
    const [first] = ofBase
    if (first !== undefined && instance === undefined && !first.template) return ok(ofBase)
    if (first !== undefined && instance !== undefined) {
      const { instantiate } = await import('../definition/instantiate.ts')
      const made = await instantiate(await first.source(), instance)
      return made.ok
        ? ok([{ ...made.value, source: async () => made.value }])
        : err(failure('not-configured', 'reading the definition', made.error.map(formatProblem).join('; ')))
    }
    if (first !== undefined) {
      return err(
        failure('usage', 'reading the definition', `${name} is a template: name an instance of it, ${base}@INSTANCE`),
      )
    }
    for (const source of outcome.value) known.add(source.base)
  }
  return err(unknownName(name, known, library))
}

/** The daemon that a definition of this name gives, the first one of several; also a template. */
export async function findDefinition(
  library: DefinitionLibrary,
  options: CatalogOptions,
  base: string,
): Promise<Result<{ readonly path: string; readonly daemon: DefinedDaemon }, Failure>> {
  const known = new Set<string>()
  for (const candidate of options.file === undefined ? library.named(base) : [library.at(options.file)]) {
    const { path, outcome } = await readFile(candidate, options)
    if (!outcome.ok) return outcome
    const daemon = outcome.value.find((one) => one.base === base)
    if (daemon !== undefined) return ok({ path, daemon })
    for (const source of outcome.value) known.add(source.base)
  }
  return err(unknownName(base, known, library))
}

function unknownName(name: string, known: Set<string>, library: DefinitionLibrary): Failure {
  for (const found of library.everywhere()) if (found.kind === 'single') known.add(found.name)
  const near = nearest(name, known)
  const places = library.places().join(', ')
  return failure(
    'not-configured',
    'reading the definition',
    `there is no definition of ${JSON.stringify(name)} in ${places}`,
    {
      remedy:
        near === undefined
          ? known.size === 0
            ? 'write one (see daemonctl.toml(5)), or use --pidfile'
            : `known are: ${[...known].slice(0, 20).join(', ')}`
          : `did you mean ${near}?`,
    },
  )
}

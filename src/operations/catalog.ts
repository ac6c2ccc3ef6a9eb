import type { DefinitionContext } from '../definition/scope.ts'
import type { DefinitionSource } from '../definition/source.ts'
import { instantiate } from '../definition/instantiate.ts'
import { parseName } from '../definition/name.ts'
import { parseDefinitionFile } from '../definition/parse.ts'
import { formatProblem } from '../definition/problem.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { nearest } from '../base/text.ts'
import type { DefinitionLibrary, FoundDefinition } from '../host/host.ts'

/** What each file of definitions says, or what is wrong with it. */
export interface CatalogFile {
  readonly path: string
  readonly outcome: Result<readonly DefinitionSource[], Failure>
}

/** Where to look: one file (--file), or everywhere. */
export interface CatalogOptions {
  readonly file: string | undefined
  readonly context: Omit<DefinitionContext, 'directory'>
}

/** All files in reach, the nearer before the farther. */
export async function readCatalog(
  library: DefinitionLibrary,
  { file, context }: CatalogOptions,
): Promise<readonly CatalogFile[]> {
  const found = file === undefined ? library.everywhere() : [library.at(file)]
  return Promise.all(found.map((one) => readFile(one, context)))
}

async function readFile(found: FoundDefinition, context: CatalogOptions['context']): Promise<CatalogFile> {
  const { path } = found
  if (!found.text.ok) {
    const { missing, why, remedy } = found.text.error
    return {
      path,
      outcome: err(
        failure(missing ? 'not-configured' : 'not-configured', 'reading the definition', `${path}: ${why}`, { remedy }),
      ),
    }
  }
  const parsed = await parseDefinitionFile({
    text: found.text.value,
    file: found.shownPath,
    kind: found.kind,
    context: { ...context, directory: found.directory },
  })
  if (parsed.ok) return { path, outcome: parsed }
  const count = parsed.error.length
  return {
    path,
    outcome: err(
      failure(
        'not-configured',
        'reading the definition',
        `${found.shownPath} has ${count === 1 ? 'a problem' : `${count} problems`}`,
        {
          details: parsed.error.map(formatProblem),
        },
      ),
    ),
  }
}

/** The daemons that names stand for: `web` is all its instances, `web@2` one of them. */
export async function selectDaemons(
  library: DefinitionLibrary,
  options: CatalogOptions,
  names: readonly string[],
): Promise<Result<readonly DefinitionSource[], Failure>> {
  const selected: DefinitionSource[] = []
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
  { file, context }: CatalogOptions,
  name: string,
): Promise<Result<readonly DefinitionSource[], Failure>> {
  const parsed = parseName(name)
  if (!parsed.ok) return err(failure('usage', 'reading the definition', parsed.error))
  const { base, instance } = parsed.value
  const candidates = file === undefined ? library.named(base) : [library.at(file)]
  const known = new Set<string>()
  for (const candidate of candidates) {
    const { outcome } = await readFile(candidate, context)
    if (!outcome.ok) return outcome
    const exact = outcome.value.filter((source) => source.definition.name === name && !source.template)
    if (exact.length > 0) return ok(exact)
    const ofBase = outcome.value.filter((source) => source.base === base)
    const [first] = ofBase
    if (first !== undefined && instance === undefined && !first.template) return ok(ofBase)
    if (first !== undefined && instance !== undefined) {
      const made = await instantiate(first, instance)
      return made.ok
        ? ok([made.value])
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

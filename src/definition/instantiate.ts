import { err, ok, type Result } from '../base/result.ts'
import { completeOne, mentionsInstance } from './complete/instances.ts'
import { locate } from './positions.ts'
import type { Finding, Problem } from './problem.ts'
import type { DefinitionSource } from './source.ts'

/**
 * Whether an instance of a definition may be asked for by name: it says what its instances differ in, and is not
 * itself written as one instance, [daemons."importer@blue"].
 */
export function takesInstances(source: DefinitionSource): boolean {
  if (source.definition.instance !== undefined && source.instances === 1) return false
  return source.template || source.instances > 1 || mentionsInstance(source.origin.raw)
}

/** The instance of a definition that is asked for: `importer@blue` of a template `importer@`, a ninth of eight. */
export async function instantiate(
  source: DefinitionSource,
  instance: string,
): Promise<Result<DefinitionSource, Problem[]>> {
  const { written, context, text } = source.origin
  const name = `${source.base}@${instance}`
  const refused = (findings: readonly Finding[]): Promise<Problem[]> =>
    locate(
      findings.map((finding) => ({ ...finding, path: [...source.table, ...finding.path] })),
      source.file,
      text,
    )
  if (!takesInstances(source)) {
    const message = `${JSON.stringify(source.base)} has no instances, so there is no ${JSON.stringify(name)}`
    return err(await refused([{ path: [], message, remedy: 'put %i where its instances differ' }]))
  }
  const { definitions, findings } = completeOne(written, name, [], context)
  const [definition] = definitions
  if (definition === undefined || findings.length > 0) return err(await refused(findings))
  return ok({ ...source, definition, template: false })
}

import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Definition } from '../definition/definition.ts'
import { formatProblem } from '../definition/problem.ts'
import { INSTANCE_MARK } from '../generate/instance-mark.ts'
import type { DefinedDaemon } from './catalog.ts'

/** A definition for which boot files are made, and the daemons that they start. */
export interface BootSubject {
  /** Of a template: its instance is INSTANCE_MARK. */
  readonly definition: Definition
  /** The names that a template is enabled with: those that the definition itself asks for. */
  readonly instances: readonly string[]
}

/**
 * Of the daemons that were chosen, what boot files are made for. Where the target has templates, all instances of a
 * definition become one; one that is named alone stays itself.
 */
export async function bootSubjects(
  chosen: readonly DefinedDaemon[],
  names: readonly string[],
  hasTemplates: boolean,
): Promise<Result<readonly BootSubject[], Failure>> {
  const subjects: BootSubject[] = []
  const done = new Set<string>()
  for (const daemon of chosen) {
    const { definition, base } = daemon
    if (!hasTemplates || definition.instance === undefined || names.includes(definition.name)) {
      subjects.push({ definition, instances: [] })
      continue
    }
    if (done.has(base)) continue
    done.add(base)
    const made = await templateOf(daemon)
    if (!made.ok) return made
    const instances = chosen.filter((other) => other.base === base).map((other) => other.definition.name)
    subjects.push({ definition: made.value, instances })
  }
  return ok(subjects)
}

/** The definition of no instance in particular. */
export async function templateOf(daemon: DefinedDaemon): Promise<Result<Definition, Failure>> {
  const { instantiate } = await import('../definition/instantiate.ts')
  const made = await instantiate(await daemon.source(), INSTANCE_MARK)
  if (made.ok) return ok(made.value.definition)
  return err(failure('not-configured', 'reading the definition', made.error.map(formatProblem).join('; ')))
}

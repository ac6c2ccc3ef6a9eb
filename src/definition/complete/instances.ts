import type { Definition } from '../definition.ts'
import { namesInstance } from '../expand.ts'
import { parseName } from '../name.ts'
import type { Finding, KeyPath } from '../problem.ts'
import type { WrittenDaemon } from '../schema/daemon.ts'
import { report, type DefinitionContext, type Scope } from '../scope.ts'
import { completeDaemon } from './daemon.ts'

export interface Completed {
  readonly definitions: readonly Definition[]
  readonly findings: readonly Finding[]
}

/** Every daemon of one written definition: the one of this name, or NAME@1 to NAME@N. */
export function completeAll(
  written: WrittenDaemon,
  name: string,
  namePath: KeyPath,
  context: DefinitionContext,
): Completed {
  const { instances = 1 } = written
  const count = scaledTo(name, context) ?? instances
  const names = instances === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}@${index + 1}`)
  const definitions: Definition[] = []
  for (const each of names) {
    const completed = completeOne(written, each, namePath, context)
    // What is wrong with one instance is wrong with the rest in other words.
    if (completed.findings.length > 0) return completed
    definitions.push(...completed.definitions)
  }
  return { definitions, findings: [] }
}

/** Only what has instances by its definition is scaled: a daemon that has become a single one is that. */
const scaledTo = (name: string, { scaled = {} }: DefinitionContext): number | undefined =>
  Object.hasOwn(scaled, name) ? scaled[name] : undefined

/** The daemon of one name, with or without an instance in it. */
export function completeOne(
  written: WrittenDaemon,
  name: string,
  namePath: KeyPath,
  context: DefinitionContext,
): Completed {
  const findings: Finding[] = []
  const parsed = parseName(name)
  const { instance, template } = parsed.ok ? parsed.value : NAMELESS
  const scope: Scope = { context, name, instance, shell: written.shell ?? false, findings }
  if (!parsed.ok) report(scope, namePath, parsed.error)
  if (template || instance !== undefined) checkInstanceFiles(written, scope)
  return { definitions: [completeDaemon(written, scope)], findings }
}

/** Whether a definition says what its instances differ in, so that one may be asked for by name. */
export function mentionsInstance(value: unknown): boolean {
  if (typeof value === 'string') return value.replaceAll('%%', '').includes('%i')
  return typeof value === 'object' && value !== null && Object.values(value).some(mentionsInstance)
}

const NAMELESS = { instance: undefined, template: false }

/** Instances that share a pidfile, a lock or a log would take each other for themselves. */
function checkInstanceFiles(written: WrittenDaemon, scope: Scope): void {
  const files = [
    [['pidfile'], written.pidfile],
    [['lock-file'], written['lock-file']],
    [['log', 'stdout'], written.log?.stdout],
    [['log', 'stderr'], written.log?.stderr],
  ] as const
  for (const [path, text] of files) {
    if (text === undefined || text === 'null' || text === 'stdout' || namesInstance(text)) continue
    report(scope, path, `every instance would use ${JSON.stringify(text)}`, 'put %i into the path')
  }
}

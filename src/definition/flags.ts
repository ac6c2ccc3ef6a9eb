import { err, ok, type Result } from '../base/result.ts'
import { completeOne } from './complete/instances.ts'
import type { Definition } from './definition.ts'
import type { Finding } from './problem.ts'
import { DAEMON_SHAPE, daemon } from './schema/daemon.ts'
import type { DefinitionContext } from './scope.ts'
import { isTable, type RawTable } from './toml.ts'
import { validate } from './validate.ts'
import { FOR_FILE } from './write/pen.ts'

export interface FlagsInput {
  readonly name: string
  /** The keys of a definition as a file would have them; a key that is undefined was not given. */
  readonly values: RawTable
  readonly context: DefinitionContext
}

/**
 * A definition without a file: `daemonctl start --pidfile P --user U -- CMD`. The same rules hold for it, but nothing
 * is expanded: a line of start-stop-daemon means what it says, `date +%h` included.
 */
export function definitionFromFlags({ name, values, context }: FlagsInput): Result<Definition, Finding[]> {
  const given = Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, literal(value)]])),
  )
  const { written, findings } = validate(given, daemon, DAEMON_SHAPE)
  if (written === undefined || findings.length > 0) return err([...findings])
  const completed = completeOne(written, name, ['name'], context)
  const [definition] = completed.definitions
  return definition === undefined || completed.findings.length > 0 ? err([...completed.findings]) : ok(definition)
}

/** As it is written in a definition so that expansion gives it back. */
function literal(value: unknown): unknown {
  if (typeof value === 'string') return FOR_FILE.text(value)
  if (Array.isArray(value)) return value.map(literal)
  return isTable(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literal(inner)])) : value
}

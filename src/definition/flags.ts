import { err, ok, type Result } from '../base/result.ts'
import { completeOne } from './complete/instances.ts'
import type { Definition } from './definition.ts'
import type { Finding } from './problem.ts'
import { DAEMON_SHAPE, daemon } from './schema/daemon.ts'
import type { DefinitionContext } from './scope.ts'
import type { RawTable } from './toml.ts'
import { validate } from './validate.ts'

export interface FlagsInput {
  readonly name: string
  /** The keys of a definition as a file would have them; a key that is undefined was not given. */
  readonly values: RawTable
  readonly context: DefinitionContext
}

/** A definition without a file: `daemonctl start --pidfile P --user U -- CMD`. The same rules hold for it. */
export function definitionFromFlags({ name, values, context }: FlagsInput): Result<Definition, Finding[]> {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  const { written, findings } = validate(given, daemon, DAEMON_SHAPE)
  if (written === undefined || findings.length > 0) return err([...findings])
  const completed = completeOne(written, name, ['name'], context)
  const [definition] = completed.definitions
  return definition === undefined || completed.findings.length > 0 ? err([...completed.findings]) : ok(definition)
}

import type { Definition } from '../definition/definition.ts'

/** Tells one effective definition from another. */
export function hashDefinition(definition: Definition): string {
  // Loaded when a daemon is started only: it costs milliseconds.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16)
}

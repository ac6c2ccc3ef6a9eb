import { createHash } from 'node:crypto'
import type { Definition } from '../definition/definition.ts'

/** Tells one effective definition from another. */
export const hashDefinition = (definition: Definition): string =>
  createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16)

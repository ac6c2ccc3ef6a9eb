import { checksum } from '../base/checksum.ts'
import type { Definition } from './definition.ts'

/** Tells one effective definition from another. Nobody gains by two that look alike: a checksum does. */
export const hashDefinition = (definition: Definition): string => checksum(JSON.stringify(definition))

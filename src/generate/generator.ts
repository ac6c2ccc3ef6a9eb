import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { Definition } from '../definition/definition.ts'
import type { GeneratedFile } from './generated.ts'
import type { Losses } from './losses.ts'
import type { GenerateOptions } from './options.ts'

/**
 * Makes the files of one target. What the target cannot express goes to `losses`; what it cannot carry at all (an
 * argument that its files have no way to write) is refused, not mangled. Pure.
 */
export type Generator = (
  definition: Definition,
  options: GenerateOptions,
  losses: Losses,
) => Result<readonly GeneratedFile[], Failure>

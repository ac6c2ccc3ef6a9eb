import type { Definition } from '../../src/definition/definition.ts'
import { generate } from '../../src/generate/generate.ts'
import type { Generated } from '../../src/generate/generated.ts'
import type { GenerateOptions } from '../../src/generate/options.ts'
import type { Target } from '../../src/generate/target.ts'
import type { Place } from '../daemons/recipe.ts'
import { sourcesOf } from '../definition/given.ts'

/** The daemon `app` of a definition, or the first of its instances. */
export async function definitionOf(text: string): Promise<Definition> {
  const [source] = await sourcesOf(text)
  if (source === undefined) throw new Error('no daemon is defined')
  return source.definition
}

export async function generated(
  target: Target,
  text: string,
  options: Partial<GenerateOptions> = {},
): Promise<Generated> {
  const outcome = generate(target, await definitionOf(text), options)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

/** The lines of the only file, without blank ones and comments. */
export async function linesOf(target: Target, text: string, options: Partial<GenerateOptions> = {}): Promise<string[]> {
  const { files } = await generated(target, text, options)
  return (files[0]?.text ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** Where a daemon of the suite would lie, for a look at its definition. */
export const placeNowhere: Place = {
  directory: '/srv/place',
  port: 18_080,
  path: (name) => `/srv/place/${name}`,
  write: (name) => `/srv/place/${name}`,
  makeDirectory: (name) => `/srv/place/${name}`,
  run: () => {},
}

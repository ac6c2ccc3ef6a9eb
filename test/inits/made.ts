import { expect } from 'vitest'
import { generate } from '../../src/generate/generate.ts'
import type { GeneratedFile } from '../../src/generate/generated.ts'
import type { GenerateOptions } from '../../src/generate/options.ts'
import type { Target } from '../../src/generate/target.ts'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import type { Definition } from '../../src/definition/definition.ts'
import { completeOne } from '../../src/definition/complete/instances.ts'
import { INSTANCE_MARK } from '../../src/generate/instance-mark.ts'
import type { Machine } from './machine/machine.ts'

const CONTEXT = {
  directory: '/',
  home: '/root',
  hostname: 'inits',
  runtimeDirectory: '/run/daemonctl',
  logDirectory: '/var/log/daemonctl',
}

/** The daemon of a definition, for a machine inside. */
export async function definitionOf(name: string, text: string): Promise<Definition> {
  const parsed = await parseDefinitionFile({
    text: `name = "${name}"\n${text}`,
    file: name,
    kind: 'single',
    context: CONTEXT,
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const [source] = parsed.value
  if (source === undefined) throw new Error('nothing is defined')
  if (!source.template) return source.definition
  const made = completeOne(source.origin.written, `${source.base}@${INSTANCE_MARK}`, [], CONTEXT).definitions[0]
  if (made === undefined) throw new Error('no template')
  return made
}

export async function filesOf(
  target: Target,
  name: string,
  text: string,
  options: Partial<GenerateOptions> = {},
): Promise<readonly GeneratedFile[]> {
  const made = generate(target, await definitionOf(name, text), options)
  expect(made.ok ? '' : made.error.message).toBe('')
  return made.ok ? made.value.files : []
}

/** Makes the files of a definition and puts them where the init of a machine looks for them. */
export async function install(
  machine: Machine,
  target: Target,
  name: string,
  text: string,
  options: Partial<GenerateOptions> = {},
): Promise<void> {
  for (const file of await filesOf(target, name, text, options)) machine.write(file.path, file.text, file.mode)
}

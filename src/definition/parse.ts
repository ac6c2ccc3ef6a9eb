import { err, ok, type Result } from '../base/result.ts'
import { locate } from './positions.ts'
import type { Problem } from './problem.ts'
import { readProject, readSingle, type Reading } from './read.ts'
import type { DefinitionContext } from './scope.ts'
import type { DefinitionSource } from './source.ts'
import { parseToml, type RawTable } from './toml.ts'

export interface DefinitionFile {
  readonly text: string
  /** As problems name it. */
  readonly file: string
  /** single: /etc/daemonctl/NAME.toml, one daemon. project: daemonctl.toml, with tables [daemons.NAME]. */
  readonly kind: 'single' | 'project'
  readonly context: DefinitionContext
}

/**
 * Reads a file of definitions: all of its daemons, instances expanded and in the order of the file, or every problem
 * it has. Only a file with problems is read a second time, for their places.
 */
export async function parseDefinitionFile(input: DefinitionFile): Promise<Result<DefinitionSource[], Problem[]>> {
  const toml = parseToml(input.text)
  if (!toml.ok) return err([{ ...toml.error, file: input.file, path: [] }])
  const { sources, findings } = read(toml.value, input)
  return findings.length === 0 ? ok([...sources]) : err(await locate(findings, input.file, input.text))
}

function read(raw: RawTable, input: DefinitionFile): Reading {
  return input.kind === 'single' ? readSingle(raw, input) : readProject(raw, input)
}

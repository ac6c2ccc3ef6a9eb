import { createLocator, type Locator } from './positions.ts'
import { formatKey, type KeyPath } from './problem.ts'
import type { DefinitionSource } from './source.ts'
import { isTable, type RawTable } from './toml.ts'
import { writeDefinition } from './write/definition.ts'
import { PLAIN } from './write/pen.ts'
import { isWrittenTable, type WrittenTable, type WrittenValue } from './write/values.ts'

/** One value of an effective definition and who said so. */
export interface ExplainedValue {
  /** `stop.schedule` */
  readonly key: string
  readonly value: Exclude<WrittenValue, WrittenTable>
  /** `default`, the place in the file (`file:line:column`), or who said otherwise since. */
  readonly origin: string
}

/** The effective definition, key by key, with the origin of every value. */
export async function explain(source: DefinitionSource): Promise<readonly ExplainedValue[]> {
  const locate = await createLocator(source.origin.text)
  const values = leavesOf(writeDefinition(source.definition, PLAIN), []).map(({ path, value }) => ({
    key: formatKey(path),
    value,
    origin: originOf(path, source, locate),
  }))
  return source.instances === 1 ? values : [numberOfInstances(source, locate), ...values]
}

/** It belongs to all of them, and is no part of what one of them is. */
function numberOfInstances(source: DefinitionSource, locate: Locator): ExplainedValue {
  const { scaled = {} } = source.origin.context
  const origin = originOf(['instances'], source, locate)
  return Object.hasOwn(scaled, source.base)
    ? {
        key: 'instances',
        value: scaled[source.base] ?? source.instances,
        origin: `daemonctl scale, in place of ${source.instances} at ${origin}`,
      }
    : { key: 'instances', value: source.instances, origin }
}

interface Leaf {
  readonly path: readonly string[]
  readonly value: Exclude<WrittenValue, WrittenTable>
}

function leavesOf(table: WrittenTable, path: readonly string[]): Leaf[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const here = [...path, key]
    return isWrittenTable(value) ? leavesOf(value, here) : [{ path: here, value }]
  })
}

function originOf(path: readonly string[], source: DefinitionSource, locate: Locator): string {
  const said = saidAt(path, source.origin.raw)
  if (said === undefined) return 'default'
  const { line, column } = locate([...source.table, ...said])
  return `${source.file}:${line}:${column}`
}

/** The key that says a value: itself, or what stands in the place of its table (`reload = false`). */
function saidAt(path: readonly string[], raw: RawTable): KeyPath | undefined {
  let value: unknown = raw
  for (const [index, key] of path.entries()) {
    if (!isTable(value)) return path.slice(0, index)
    if (!Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return path
}

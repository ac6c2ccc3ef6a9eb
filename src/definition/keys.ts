import { unreachable } from '../base/result.ts'
import { completeOne } from './complete/instances.ts'
import { DAEMON_SHAPE, type WrittenDaemon } from './schema/daemon.ts'
import type { NamesShape, Shape } from './schema/shape.ts'
import { isTable } from './toml.ts'
import { isWrittenTable, type WrittenTable, type WrittenValue } from './write/values.ts'
import { writeDefinition } from './write/definition.ts'
import { PLAIN } from './write/pen.ts'

/** A key of the file format, for documentation. */
export interface DefinitionKey {
  /** `stop.schedule`; where any name may stand, NAME: `actions.NAME.signal`. */
  readonly key: string
  /** "duration", "simple | forking | notify"; "table" for the tables themselves. */
  readonly type: string
  /** As a definition would write it; undefined where there is none. */
  readonly default: Exclude<WrittenValue, WrittenTable> | undefined
  readonly description: string
}

/** Every key of a daemon, in the order of the schema. */
export function definitionKeys(): readonly DefinitionKey[] {
  const defaults = writtenDefaults()
  return keysOf(DAEMON_SHAPE, []).map(({ path, shape: { type, description } }) => ({
    key: path.join('.'),
    type,
    default: defaultAt(path, defaults),
    description,
  }))
}

interface Place {
  readonly path: readonly string[]
  readonly shape: Shape
}

function keysOf(shape: Shape, path: readonly string[]): Place[] {
  const here = path.length === 0 ? [] : [{ path, shape }]
  switch (shape.kind) {
    case 'table':
      return [...here, ...[...shape.entries].flatMap(([key, inner]) => keysOf(inner, [...path, key]))]
    case 'names':
      return [...here, ...keysOf(describedBy(shape), [...path, 'NAME'])]
    case 'value':
      return here
    default:
      return unreachable(shape)
  }
}

/** What stands under a name is described where the names are, if not itself. */
function describedBy({ value, description }: NamesShape): Shape {
  return value.description === '' ? { ...value, description } : value
}

/** Tables without a default of their own show theirs once something of them is written. */
const SAMPLE: WrittenDaemon = {
  command: ['PROGRAM'],
  health: { 'max-rss': 1 },
  metrics: { file: 'FILE' },
  actions: { NAME: { command: ['PROGRAM'] } },
}

function writtenDefaults(): WrittenTable {
  const context = {
    directory: '/',
    home: '/',
    hostname: 'HOST',
    runtimeDirectory: 'RUNTIME_DIR',
    logDirectory: 'LOG_DIR',
  }
  const [definition] = completeOne(SAMPLE, 'NAME', [], context).definitions
  return definition === undefined ? {} : writeDefinition(definition, PLAIN)
}

/** The value at a path, unless it is the sample's own. */
function defaultAt(path: readonly string[], defaults: WrittenTable): DefinitionKey['default'] {
  let [value, sample]: [WrittenValue | undefined, unknown] = [defaults, SAMPLE]
  for (const key of path) {
    value = value !== undefined && isWrittenTable(value) ? value[key] : undefined
    sample = isTable(sample) ? sample[key] : undefined
  }
  return value === undefined || isWrittenTable(value) || sample !== undefined ? undefined : value
}

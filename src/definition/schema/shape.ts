import * as v from 'valibot'

/** What the schema says about one place of a file: a table of known keys, a table of any names, or a value. */
export type Shape = TableShape | NamesShape | ValueShape

export interface TableShape extends About {
  readonly kind: 'table'
  readonly entries: ReadonlyMap<string, Shape>
  /** False where something else may stand in the table's place (`reload = false`). */
  readonly always: boolean
}

export interface NamesShape extends About {
  readonly kind: 'names'
  readonly value: Shape
}

export interface ValueShape extends About {
  readonly kind: 'value'
}

interface About {
  /** "duration", "table", "simple | forking | notify" */
  readonly type: string
  readonly description: string
}

/** The tree of keys that a schema accepts, free of the wrappers that make keys optional and describe them. */
export function shapeOf(schema: v.GenericSchema): Shape {
  if (isOptional(schema)) return shapeOf(schema.wrapped)
  const description = v.getDescription(schema) ?? ''
  if (isObject(schema)) {
    const entries = new Map(Object.entries(schema.entries).map(([key, value]) => [key, shapeOf(value)]))
    return { kind: 'table', type: 'table', description, entries, always: true }
  }
  if (isRecord(schema)) return { kind: 'names', type: 'table', description, value: shapeOf(schema.value) }
  const options = isUnion(schema) ? schema.options.map(shapeOf) : []
  const table = options.find((option) => option.kind === 'table')
  if (table !== undefined) return { ...table, type: 'table or false', description, always: false }
  return { kind: 'value', type: valueType(schema), description }
}

function valueType(schema: v.GenericSchema): string {
  if (isPicklist(schema)) return schema.options.join(' | ')
  return v.getTitle(schema) ?? schema.expects
}

const isOptional = (schema: v.GenericSchema): schema is v.ExactOptionalSchema<v.GenericSchema, undefined> =>
  schema.type === 'exact_optional'
const isObject = (schema: v.GenericSchema): schema is v.ObjectSchema<v.ObjectEntries, undefined> =>
  schema.type === 'object'
const isRecord = (
  schema: v.GenericSchema,
): schema is v.RecordSchema<v.GenericSchema<string>, v.GenericSchema, undefined> => schema.type === 'record'
const isUnion = (schema: v.GenericSchema): schema is v.UnionSchema<v.GenericSchema[], undefined> =>
  schema.type === 'union'
const isPicklist = (schema: v.GenericSchema): schema is v.PicklistSchema<string[], undefined> =>
  schema.type === 'picklist'

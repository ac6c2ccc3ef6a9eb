import { toJsonSchema, type JsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { definitionKeys, type DefinitionKey } from './keys.ts'
import { daemon, projectFile, singleFile } from './schema/daemon.ts'

type Node = JsonSchema | boolean
type Defaults = ReadonlyMap<string, DefinitionKey['default']>

/**
 * The JSON Schema (2020-12) of both forms of a definition, for editors. It knows keys, types and defaults; what holds
 * between keys, only `parseDefinitionFile` knows.
 */
export function definitionJsonSchema(): JsonSchema {
  const {
    anyOf = [],
    $defs = {},
    ...rest
  } = toJsonSchema(v.union([projectFile, singleFile]), {
    target: 'draft-2020-12',
    definitions: { daemon },
    // A JSON Schema describes what is written; these read it.
    ignoreActions: ['raw_transform', 'transform'],
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'object' ? closed(jsonSchema) : undefined,
  })
  const defaults: Defaults = new Map(definitionKeys().map((each) => [each.key, each.default]))
  return {
    ...rest,
    title: 'daemonctl definition',
    anyOf: anyOf.map((form) => withDefaults(form, '', defaults)),
    $defs: mapNodes($defs, (form) => withDefaults(form, '', defaults)),
  }
}

/** Unknown keys are refused, and no key is required: `command` may come from the command line. */
function closed(schema: JsonSchema): JsonSchema {
  return { ...schema, required: undefined, additionalProperties: false }
}

/** Adds the defaults, which the schema does not know, to every key below `path`. */
function withDefaults(node: Node, path: string, defaults: Defaults): Node {
  if (typeof node === 'boolean') return node
  const within = (key: string): string => (path === '' ? key : `${path}.${key}`)
  const value = writableDefault(defaults.get(path))
  const { properties, additionalProperties, anyOf } = node
  return {
    ...node,
    ...(value === undefined ? {} : { default: typeof value === 'object' ? [...value] : value }),
    ...(properties && { properties: mapNodes(properties, (each, key) => withDefaults(each, within(key), defaults)) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: withDefaults(additionalProperties, within('NAME'), defaults),
    }),
    ...(anyOf && { anyOf: anyOf.map((each) => withDefaults(each, path, defaults)) }),
  }
}

/** "RUNTIME_DIR/NAME.pid" is for readers: an editor must not offer it as a value. */
function writableDefault(value: DefinitionKey['default']): DefinitionKey['default'] {
  return typeof value === 'string' && value.includes('_DIR/') ? undefined : value
}

function mapNodes(nodes: Readonly<Record<string, Node>>, map: (node: Node, key: string) => Node): Record<string, Node> {
  return Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, map(node, key)]))
}

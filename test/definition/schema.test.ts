import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { HOOK_NAMES, LIMIT_NAMES } from '../../src/definition/definition.ts'
import { definitionJsonSchema } from '../../src/definition/json-schema.ts'
import { definitionKeys } from '../../src/definition/keys.ts'

const COMMITTED = new URL('../../schema/daemonctl.schema.json', import.meta.url)

describe('the list of keys', () => {
  const keys = new Map(definitionKeys().map((key) => [key.key, key]))

  test('says type, default and purpose of each', () => {
    expect(keys.get('stop.schedule')).toMatchObject({ type: 'stop schedule', default: 'TERM/20/KILL/5' })
    expect(keys.get('respawn.policy')).toMatchObject({ type: 'never | on-failure | always', default: 'on-failure' })
    expect(keys.get('pidfile')).toMatchObject({ type: 'path', default: 'RUNTIME_DIR/NAME.pid' })
    expect(keys.get('log.stdout')).toMatchObject({ type: 'path', default: 'LOG_DIR/NAME.log' })
    expect(keys.get('health.interval')).toMatchObject({ type: 'duration', default: '10s' })
    expect(keys.get('actions.NAME.timeout')).toMatchObject({ type: 'duration', default: '30s' })
    expect(keys.get('environment.NAME')).toMatchObject({ type: 'text', default: undefined })
    expect(keys.get('user')).toMatchObject({ type: 'name', default: undefined })
    for (const [key, { description, type }] of keys) {
      expect(description, key).toMatch(/^\S.*\.$/s)
      expect(type, key).not.toBe('')
    }
  })

  test('has every hook and every limit', () => {
    for (const name of HOOK_NAMES) expect(keys.has(`hooks.${name}`), name).toBe(true)
    for (const name of LIMIT_NAMES) expect(keys.has(`limits.${name}`), name).toBe(true)
  })
})

describe('the JSON Schema', () => {
  test('that is committed is current: npm run schema', () => {
    const text = `${JSON.stringify(definitionJsonSchema(), undefined, 2)}\n`
    expect(readFileSync(COMMITTED, 'utf8')).toBe(text)
  })

  test('has every key, with its description, in both forms of a file', () => {
    const schema: unknown = JSON.parse(readFileSync(COMMITTED, 'utf8'))
    const forms = [at(schema, ['$defs', 'daemon']), at(schema, ['anyOf', '1'])]
    for (const { key, description } of definitionKeys()) {
      const path = key.split('.')
      const properties = forms.map((form) => propertyAt(form, path))
      for (const property of properties) {
        expect(property, key).toBeDefined()
        // What any name leads to has no description of its own.
        if (path.at(-1) !== 'NAME') expect(property, key).toMatchObject({ description })
      }
    }
    expect(propertyAt(forms[1], ['name'])).toBeDefined()
  })

  test('refuses unknown keys and requires none', () => {
    const text = readFileSync(COMMITTED, 'utf8')
    expect(text).not.toContain('"required"')
    expect(at(JSON.parse(text), ['anyOf', '1', 'properties', 'stop'])).toMatchObject({ additionalProperties: false })
  })
})

/** The property of a JSON Schema that describes a key. */
function propertyAt(node: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return node
  const { properties, additionalProperties, anyOf } = entriesOf(node)
  const inner = key === 'NAME' ? additionalProperties : entriesOf(properties)[key]
  if (inner !== undefined) return propertyAt(inner, rest)
  const found = Object.values(entriesOf(anyOf)).map((each) => propertyAt(each, [key, ...rest]))
  return found.find((each) => each !== undefined)
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((node, key) => entriesOf(node)[key], value)
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

import { expect, test } from 'vitest'
import { definitionKeys, type DefinitionKey } from '../../src/definition/keys.ts'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { blocks, read, rows } from './pages.ts'

const page = read('docs/definition.md')
const keys = definitionKeys()
/** These have a section of their own, for both tables in which they stand. */
const isProbeKey = ({ key }: DefinitionKey): boolean => /^(start\.ready|health\.probe)\./.test(key)

const code = (cell: string): string => cell.replaceAll('`', '')
const documented = rows(page)
  .filter(([key = '']) => /^`[\w.-]+`$/.test(key))
  .map(([key = '', type = '', ...rest]) => ({ key: code(key), type: code(type), rest }))

/** "simple, forking or notify", as people write "simple | forking | notify". */
function typeInWords(type: string): string {
  const words = type.split(' | ')
  return words.length === 1 ? type : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

test('every key is in a table, with its type and default, and nothing else is', () => {
  const probeKeys = new Set(rows(page, '## Probes').map(([key = '']) => code(key)))
  const inTables = documented.filter(({ key, rest }) => rest.length === 2 && !(probeKeys.has(key) && isForProbe(rest)))
  expect(inTables.map(({ key, type, rest }) => [key, type, code(rest[0] ?? '')])).toEqual(
    keys
      .filter((key) => !isProbeKey(key))
      .map(({ key, type, default: value }) => [
        key,
        typeInWords(type),
        value === undefined ? '' : JSON.stringify(value),
      ])
      .toSorted(byOrderIn(inTables.map(({ key }) => key))),
  )
})

const isForProbe = ([first]: readonly string[]): boolean => ['both', 'readiness', 'health'].includes(first ?? '')

/** The page has an order of its own, which is not the matter here; keys that it lacks come last. */
const byOrderIn = (order: readonly string[]) => {
  const place = (key: string | undefined): number =>
    order.includes(key ?? '') ? order.indexOf(key ?? '') : order.length
  return ([a]: readonly string[], [b]: readonly string[]): number => place(a) - place(b)
}

test.each(['start.ready', 'health.probe'])('every key of %s is among the probes, and nothing else is', (table) => {
  const probes = rows(page, '## Probes').slice(1)
  expect(probes.map(([key = '', type = '']) => [code(key), code(type)])).toEqual(
    keys
      .filter(({ key }) => key.startsWith(`${table}.`))
      .map(({ key, type }) => [key.slice(table.length + 1), typeInWords(type)]),
  )
})

test('every example is a valid definition', async () => {
  for (const example of blocks(page, 'toml')) {
    const isProject = /^\[daemons\./m.test(example)
    // Most show one table; a command makes a definition of it. Probes are shown as alternatives.
    const alternatives = /^ready = .*\nready = /m.test(example) ? example.trim().split('\n') : [example]
    for (const text of alternatives) {
      const table = text.startsWith('ready = ') ? `[start]\n${text}` : text
      const whole = isProject || /^command\s*=/m.test(table) ? table : `command = ["x"]\n${table}`
      const parsed = await parseDefinitionFile({
        text: whole,
        file: 'docs/definition.md',
        kind: isProject ? 'project' : 'single',
        context: { directory: '/', home: '/', hostname: 'h', runtimeDirectory: '/r', logDirectory: '/l' },
      })
      expect(parsed.ok ? [] : parsed.error, whole).toEqual([])
    }
  }
})

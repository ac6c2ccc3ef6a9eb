import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { CONTEXT, EXAMPLE } from './given.ts'

/** Values of every type, to stand where another is expected. */
const STRANGERS = [
  '5',
  '-1',
  '1e400',
  'nan',
  '9007199254740993',
  'true',
  '""',
  '"%i%n%h%%~"',
  "'''\n'''",
  '"\\u0000"',
  '[]',
  '[[1], "x"]',
  '{}',
  '{ a = { b = 1 } }',
  '1979-05-27T07:32:00Z',
  '"((((((((((a+)+)+)+)+)+)+)+)+)+)$"',
]

type Mutation = (text: string) => string

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // One character becomes another.
  fc.tuple(place, fc.string({ unit: 'binary', maxLength: 3 })).map(([at, piece]): Mutation => (text) => {
    const index = Math.floor(at * text.length)
    return text.slice(0, index) + piece + text.slice(index + 1)
  }),
  // A line disappears, or stands twice.
  fc.tuple(place, fc.boolean()).map(([at, twice]): Mutation => (text) => {
    const lines = text.split('\n')
    const index = Math.floor(at * lines.length)
    return lines.toSpliced(index, 1, ...(twice ? [lines[index] ?? '', lines[index] ?? ''] : [])).join('\n')
  }),
  // A value becomes one of another type.
  fc.tuple(place, fc.constantFrom(...STRANGERS)).map(([at, stranger]): Mutation => (text) => {
    const lines = text.split('\n')
    const index = Math.floor(at * lines.length)
    return lines
      .with(
        index,
        (lines[index] ?? '').replace(/=.*/, () => `= ${stranger}`),
      )
      .join('\n')
  }),
  // The text ends early.
  place.map(
    (at): Mutation =>
      (text) =>
        text.slice(0, Math.floor(at * text.length)),
  ),
)

test('a mutated definition is read, or has problems at places that exist', async () => {
  const project = EXAMPLE.replaceAll(/^\[/gm, '[daemons.app.').replace('description', '[daemons.app]\ndescription')
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(mutation, { minLength: 1, maxLength: 4 }), async (single, mutations) => {
      const text = mutations.reduce((mutated, mutate) => mutate(mutated), single ? EXAMPLE : project)
      const kind = single ? 'single' : 'project'
      const result = await parseDefinitionFile({ text, file: 'app.toml', kind, context: CONTEXT })
      if (result.ok) return
      expect(result.error.length).toBeGreaterThan(0)
      const lines = text.split('\n')
      for (const { line, column, message } of result.error) {
        expect(message).not.toBe('')
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
      }
    }),
    { numRuns: 1000, seed: 20_240_229 },
  )
})

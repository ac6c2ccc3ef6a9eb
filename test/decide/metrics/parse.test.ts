import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MOST_FIGURES, parseFigures } from '../../../src/decide/metrics/parse.ts'
import type { MetricsSource } from '../../../src/definition/definition.ts'

function figures(text: string, format: MetricsSource['format'] = 'auto'): unknown {
  const parsed = parseFigures(text, format)
  return parsed.ok ? Object.fromEntries(parsed.value) : parsed.error
}

describe('figures are read from', () => {
  test.each<[string, string, unknown]>([
    ['lines', 'requests 12\nidle 97.5\n', { requests: 12, idle: 97.5 }],
    ['lines with signs between', 'a: 1\nb=2\nc = -3\n', { a: 1, b: 2, c: -3 }],
    ['a percentage', 'idle 97 %\nidle2 97%\n', { idle2: 97 }],
    ['names with dots, dashes and slashes', 'a.b-c/d 1e3', { 'a.b-c/d': 1000 }],
    [
      'Prometheus',
      '# HELP x y\n# TYPE x counter\nx{a="b c"} 3 1700000000000\nx_sum 4.5\ninf +Inf\n',
      { 'x{a="b c"}': 3, x_sum: 4.5 },
    ],
    ['JSON', '{"up": true, "requests": {"total": 3, "name": "x", "none": null}}', { up: 1, 'requests.total': 3 }],
    ['a mixture with words', 'hello world\nrequests 12\n\u0000\u0001 5x\n', { requests: 12 }],
  ])('%s', (_, text, expected) => {
    expect(figures(text)).toEqual(expected)
  })

  test.each([
    ['nothing', '', 'there is no figure in what it wrote'],
    ['words', 'it is fine', 'there is no figure in what it wrote'],
    ['half of an object', '{"a": 1', 'what it wrote is not JSON'],
    ['an empty object', '{}', 'there is no figure in what it wrote'],
  ])('%s: an error', (_, text, expected) => {
    expect(figures(text)).toBe(expected)
  })
})

test('there is a bound to what is taken', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => `f${index} ${index}`).join('\n')
  expect(Object.keys(figures(many) as object)).toHaveLength(MOST_FIGURES)
  expect(figures(`${'x'.repeat(300)} 1\ny 2`)).toEqual({ y: 2 })
})

test('whatever comes, it ends, and gives finite numbers only', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.constantFrom('auto', 'json', 'lines'),
      (text, format) => {
        const parsed = parseFigures(text, format)
        if (parsed.ok) for (const value of parsed.value.values()) expect(Number.isFinite(value)).toBe(true)
      },
    ),
    { seed: 3, numRuns: 300 },
  )
})

import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../src/base/duration.ts'

test.each([
  ['100ms', 100],
  ['30s', 30_000],
  ['1m', 60_000],
  ['1h 30m', 5_400_000],
  ['1h30m', 5_400_000],
  ['2 min 5 sec', 125_000],
  ['7d', 604_800_000],
  ['1.5s', 1500],
  ['20', 20_000],
  ['0', 0],
  [0.5, 500],
  [' 5s ', 5000],
])('%j is %j ms', (text, span) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: span })
})

test.each(['', 's', '5 weeks', '-5s', '5s x', '5S', '1e3', 'Infinity', '٥s', -1, Number.NaN, Infinity])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text).ok).toBe(false)
  },
)

test('a long text that is nearly a duration is refused at once', () => {
  expect(parseDuration(`${'1s '.repeat(20_000)}!`).ok).toBe(false)
  expect(parseDuration(`${'1'.repeat(50_000)}!`).ok).toBe(false)
})

test.each([
  [0, '0 ms'],
  [340.4, '340 ms'],
  [1000, '1 s'],
  [4210, '4.2 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [185_000, '3 min 5 s'],
  [3_600_000, '1 h'],
  [7_800_000, '2 h 10 min'],
  [442_800_000, '5 d 3 h'],
])('%d ms are told as %j', (span, text) => {
  expect(formatDuration(span)).toBe(text)
})

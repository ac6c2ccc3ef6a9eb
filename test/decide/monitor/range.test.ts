import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alerts, parseRange } from '../../../src/decide/monitor/range.ts'

/** The table of the Nagios Plugins Development Guidelines, "Threshold and Ranges". */
describe('a range alerts', () => {
  test.each<[string, readonly number[], readonly number[]]>([
    ['10', [-1, 11], [0, 5, 10]],
    ['10:', [-5, 9], [10, 1e12]],
    ['~:10', [11], [-1e12, 10]],
    ['10:20', [9, 21], [10, 20]],
    ['@10:20', [10, 15, 20], [9, 21]],
    ['-3:-1', [-4, 0], [-3, -1]],
    ['0.5:1.5', [0.4, 1.6], [0.5, 1.5]],
  ])('%s', (text, outside, inside) => {
    const range = parseRange(text)
    if (!range.ok) throw new Error(range.error)
    for (const value of outside) expect(alerts(range.value, value), String(value)).toBe(true)
    for (const value of inside) expect(alerts(range.value, value), String(value)).toBe(false)
  })

  test.each(['', '@', ':', 'ten', '10:5', '1:2:3', '5 ', '1e3', '--1'])('%j is none', (text) => {
    expect(parseRange(text)).toMatchObject({ ok: false })
  })

  test('@ is the opposite', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer(), (from, size, value) => {
        const range = `${from}:${from + size}`
        const [plain, at] = [parseRange(range), parseRange(`@${range}`)]
        if (!plain.ok || !at.ok) throw new Error(range)
        expect(alerts(plain.value, value)).toBe(!alerts(at.value, value))
      }),
      { seed: 1 },
    )
  })
})

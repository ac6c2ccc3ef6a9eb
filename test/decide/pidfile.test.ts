import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePidfile } from '../../src/decide/pidfile.ts'

test.each([
  ['4711\n', 4711],
  ['4711', 4711],
  ['  4711 \n', 4711],
  ['\t4711\r\n', 4711],
  ['2', 2],
  ['0000004711\n', 4711],
  ['4194304\n', 4_194_304],
  // postgres: the data directory, the start time, the port and more follow.
  ['4711\n/var/lib/postgresql\n1700000000\n5432\n', 4711],
  ['4711\nnone', 4711],
])('%j is PID %d', (text, pid) => {
  expect(parsePidfile(text, 4_194_304)).toEqual({ kind: 'pid', pid })
})

test.each([[''], ['\n'], ['  \n\t\n']])('%j is empty', (text) => {
  expect(parsePidfile(text, 4_194_304)).toEqual({ kind: 'empty' })
})

test.each([
  // kill(2): the own group, init, everything, a group.
  ['0'],
  ['1\n'],
  ['-1'],
  ['-4711\n'],
  ['+4711'],
  ['0x12'],
  ['4711 4712'],
  ['4711abc'],
  ['pid: 4711'],
  ['4711.0'],
  ['4e3'],
  ['4194305'],
  ['99999999999999999999999'],
  ['\n4711'],
  ['४७'],
  ['4711\0'],
  ['\u00a04711'],
])('%j is garbage', (text) => {
  expect(parsePidfile(text, 4_194_304)).toMatchObject({ kind: 'garbage' })
})

test('garbage is quoted in part only', () => {
  expect(parsePidfile('x'.repeat(500), 100)).toEqual({ kind: 'garbage', text: 'x'.repeat(40) })
})

test('whatever a file holds, only a plain number within bounds is ever a PID', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.integer().map(String), fc.double().map(String))
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parsePidfile(text, 32_768)
      if (parsed.kind !== 'pid') return
      expect(parsed.pid).toBeGreaterThanOrEqual(2)
      expect(parsed.pid).toBeLessThanOrEqual(32_768)
      expect(text.split('\n')[0]?.trim().replace(/^0+/, '')).toBe(String(parsed.pid))
    }),
    { seed: 1, numRuns: 3000 },
  )
})

import { describe, expect, test } from 'vitest'
import { LineSplitter } from '../../../src/decide/logs/line-splitter.ts'
import { timeOfLine } from '../../../src/decide/logs/line-time.ts'
import { parseMoment } from '../../../src/decide/logs/moment.ts'

const local = (...parts: [number, number, number, number?, number?, number?, number?]): number =>
  new Date(...(parts as [number, number, number])).getTime()
const NOW = Date.UTC(2026, 10, 21, 14, 30)

describe('the time of a line', () => {
  const utc = Date.UTC(2026, 10, 21, 14, 25, 35)
  const here = new Date(2026, 10, 21, 14, 25, 35).getTime()
  test.each([
    ['2026-11-21T14:25:35.123Z started', utc + 123],
    ['[2026-11-21T15:25:35+01:00] x', utc],
    ['2026-11-21 15:25:35,5 +0100 x', utc + 500],
    ['2026-11-21 14:25:35 UTC [1] LOG:  ready', utc],
    ['2026-11-21 14:25:35 x', here],
    ['2026/11/21 14:25:35 [error] 4#4: x', here],
    ['127.0.0.1 - - [21/Nov/2026:14:25:35 +0000] "GET / HTTP/1.1" 200', utc],
    ['1234:M 21 Nov 2026 14:25:35.123 * Ready', here + 123],
    ['Nov 21 14:25:35 host sshd[1]: x', here],
    ['[Sat Nov 21 14:25:35.5 2026] [core] x', here + 500],
    ['I1121 14:25:35.250000   1 main.go:1] x', here + 250],
    ['{"level":"info","time":1795271135123,"msg":"x"}', 1_795_271_135_123],
    ['{"ts":1795271135.5,"msg":"x"}', 1_795_271_135_500],
    ['{"time":"2026-11-21T14:25:35Z"}', utc],
    ['1795271135 x', 1_795_271_135_000],
    ['no time at all', undefined],
    ['', undefined],
    ['version 1.2.3.4 2026-13-45 99:99:99', undefined],
  ])('%s', (line, expected) => expect(timeOfLine(line, NOW)).toBe(expected))

  test('without a year: the latest that is not in the future', () => {
    expect(timeOfLine('Dec 31 23:59:59 host x', NOW)).toBe(new Date(2025, 11, 31, 23, 59, 59).getTime())
  })
})

describe('a moment as people write it', () => {
  test.each([
    ['10m', NOW - 600_000],
    ['2h ago', NOW - 7_200_000],
    ['-1h 30m', NOW - 5_400_000],
    ['@1795271135', 1_795_271_135_000],
    ['2026-11-21T14:00:00Z', Date.UTC(2026, 10, 21, 14)],
    ['2026-11-21', local(2026, 10, 21)],
    ['2026-11-21 13:05', local(2026, 10, 21, 13, 5)],
    ['now', NOW],
  ])('%s', (text, expected) => expect(parseMoment(text, NOW)).toEqual({ ok: true, value: expected }))

  test.each(['', 'soon', '25:00', '2026-99-99', '12'])('%j is none', (text) => {
    expect(parseMoment(text, NOW).ok).toBe(false)
  })
})

describe('lines', () => {
  const texts = (parts: readonly string[], longest?: number): unknown => {
    const splitter = new LineSplitter(longest)
    const lines = [...parts.flatMap((part) => splitter.push(Buffer.from(part))), ...splitter.flush()]
    return lines.map(({ bytes, ended }) => [bytes.toString(), ended])
  }
  test('are put together from parts', () => {
    expect(texts(['a', 'b\nc', '\n\nd'])).toEqual([
      ['ab', true],
      ['c', true],
      ['', true],
      ['d', false],
    ])
  })
  test('come in parts where they are too long', () => {
    expect(texts(['aaaa', 'aaaa', 'b\nc\n'], 4)).toEqual([
      ['aaaa', false],
      ['aaaa', false],
      ['b', true],
      ['c', true],
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { parseEnvironmentFile } from '../../src/decide/environment-file.ts'
import { isAlive, isDead, isSuspended } from '../../src/decide/identity.ts'
import { statusOf, type Condition } from '../../src/decide/condition.ts'
import { dispositionOf } from '../../src/decide/reload-signal.ts'
import { hasSettled, type Liveliness } from '../../src/decide/settling.ts'
import { CONDITIONS, process } from './given.ts'

describe('an identity', () => {
  const identity = { bootId: 'this', pid: 7, startTime: 1000 }
  test.each([
    ['the very process', process(7, 10), 'this', true],
    ['nobody', undefined, 'this', false],
    ['another start time: the PID was reused', process(7, 11), 'this', false],
    ['another PID', process(8, 10), 'this', false],
    ['another boot', process(7, 10), 'next', false],
    ['its zombie', process(7, 10, { state: 'Z' }), 'this', false],
    ['its remains', process(7, 10, { state: 'X' }), 'this', false],
    ['it, suspended', process(7, 10, { state: 'T' }), 'this', true],
    ['it, hanging in the kernel', process(7, 10, { state: 'D' }), 'this', true],
  ])('%s: alive is %s', (_, now, bootId, alive) => {
    expect(isAlive(identity, now, bootId)).toBe(alive)
  })

  test('states', () => {
    const states = (is: (facts: ReturnType<typeof process>) => boolean): string =>
      Array.from('RSDTtZXI')
        .filter((state) => is(process(7, 10, { state })))
        .join('')
    expect(states(isDead)).toBe('ZX')
    expect(states(isSuspended)).toBe('Tt')
  })
})

test.each<[string, Condition, number]>([
  ['running', CONDITIONS.running, 0],
  ['stale', CONDITIONS.stale, 1],
  ['foreign', CONDITIONS.foreign, 1],
  ['stopped, lock file left', { ...CONDITIONS.stopped, lockFile: true }, 2],
  ['stopped', CONDITIONS.stopped, 3],
  ['garbage', CONDITIONS.garbage, 4],
  ['unclear', CONDITIONS.unclear, 4],
])('the LSB status of %s is %#', (_, condition, status) => {
  expect(statusOf(condition)).toBe(status)
})

test.each([
  ['HUP', { caughtSignals: 1n }, 'handled'],
  ['HUP', { ignoredSignals: 1n }, 'ignored'],
  ['HUP', {}, 'deadly'],
  ['HUP', { caughtSignals: 2n, ignoredSignals: 4n }, 'deadly'],
  ['USR2', { caughtSignals: 1n << 11n }, 'handled'],
  ['USR2', {}, 'deadly'],
  ['WINCH', {}, 'ignored'],
  ['CONT', {}, 'ignored'],
  ['TSTP', {}, 'stopping'],
  ['RTMIN+3', { caughtSignals: 1n << 36n }, 'handled'],
  ['RTMIN+3', {}, 'deadly'],
  ['RTMAX', { ignoredSignals: 1n << 63n }, 'ignored'],
])('%s with %o is %s', (signal, signals, disposition) => {
  expect(dispositionOf(process(7, 10, signals), signal)).toBe(disposition)
})

describe('settling, with a quiet of 100 ms', () => {
  /** w: waits; b: is busy (one tick of CPU time more); a look every 10 ms. */
  const looks = (pattern: string): Liveliness[] => {
    let cpu = 0
    return Array.from(pattern).map((look, index) => ({
      at: index * 10,
      cpu: (cpu += look === 'b' ? 1 : 0),
      waiting: look === 'w',
    }))
  }
  test.each([
    ['no look yet', '', false],
    ['one look', 'w', false],
    ['quiet for 90 ms', 'w'.repeat(10), false],
    ['quiet for 100 ms', 'w'.repeat(11), true],
    ['busy, then quiet for 90 ms', `bbbb${'w'.repeat(9)}`, false],
    ['busy, then quiet for 110 ms', `bbbb${'w'.repeat(12)}`, true],
    ['quiet, but busy a moment ago', `${'w'.repeat(20)}bw`, false],
    ['busy for 990 ms', 'b'.repeat(100), false],
    ['busy for a second: so it is, then', 'b'.repeat(101), true],
  ])('%s', (_, pattern, settled) => {
    expect(hasSettled(looks(pattern), 100)).toBe(settled)
  })

  test('a longer quiet outlasts the second', () => {
    expect(hasSettled(looks('b'.repeat(150)), 2000)).toBe(false)
    expect(hasSettled(looks('b'.repeat(201)), 2000)).toBe(true)
  })
})

describe('an environment file', () => {
  test.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['comments and blank lines', '# a\n; b\n\n  # c\n', {}],
    ['plain values', 'A=1\nB=two words\n', { A: '1', B: 'two words' }],
    ['export in front', 'export A=1\nexport\tB=2', { A: '1', B: '2' }],
    ['an empty value', 'A=\nB=""', { A: '', B: '' }],
    ['the last wins', 'A=1\nA=2', { A: '2' }],
    ['double quotes', 'A="x y"  \nB="a\\"b\\$c\\d"', { A: 'x y', B: 'a"b$c\\d' }],
    ['single quotes', 'A=\'x \\ "y"\'', { A: 'x \\ "y"' }],
    ['pieces joined', `A=a"b c"'d'`, { A: 'ab cd' }],
    ['nothing is expanded', 'A=$HOME/`x`', { A: '$HOME/`x`' }],
    ['over lines in quotes', 'A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['a backslash joins lines', 'A=one\\\ntwo\nB=3', { A: 'onetwo', B: '3' }],
    ['an equals sign in the value', 'A=b=c', { A: 'b=c' }],
    ['DOS line ends', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['a hash in a value', 'A=a#b', { A: 'a#b' }],
  ])('%s', (_, text, variables) => {
    expect(parseEnvironmentFile(text)).toEqual({ ok: true, value: variables })
  })

  test.each([
    ['A=1\nwhat is this', '2: this is not NAME=VALUE'],
    ['1A=x', '1: this is not NAME=VALUE'],
    ['A B=x', '1: this is not NAME=VALUE'],
    ['A=1\n\nB="open\nmore', '3: a quote is not closed'],
    ['A=a\0b', '1: a variable cannot hold a NUL byte'],
  ])('%j is refused: %s', (text, error) => {
    expect(parseEnvironmentFile(text)).toEqual({ ok: false, error })
  })
})

import { describe, expect, test } from 'vitest'
import { defaultAction, parseSignal, SIGNAL_NAMES, signalName, signalNumber } from '../../src/base/signals.ts'

describe('a signal', () => {
  test.each([
    ['TERM', 'TERM'],
    ['SIGTERM', 'TERM'],
    ['sigterm', 'TERM'],
    ['-TERM', 'TERM'],
    ['15', 'TERM'],
    [9, 'KILL'],
    ['RTMIN', 'RTMIN'],
    ['SIGRTMIN+3', 'RTMIN+3'],
    ['RTMAX-2', 'RTMAX-2'],
    ['37', 'RTMIN+3'],
  ])('%j is %s', (text, name) => {
    expect(parseSignal(text)).toEqual({ ok: true, value: name })
  })

  test.each(['', 'TERN', '0', '99', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', '--TERM', 'TERM KILL'])('%j is none', (text) => {
    expect(parseSignal(text).ok).toBe(false)
  })

  test('has a number, and the number has its name', () => {
    expect(signalNumber('HUP')).toBe(1)
    expect(signalNumber('RTMIN+3')).toBe(37)
    expect(signalNumber('RTMAX')).toBe(64)
    expect(signalName(34)).toBe('RTMIN')
    expect(signalName(999)).toBeUndefined()
    for (const name of SIGNAL_NAMES) expect(signalNumber(signalName(signalNumber(name)) ?? '')).toBe(signalNumber(name))
    expect(() => signalNumber('TERN')).toThrow('TERN')
  })

  test.each([
    ['TERM', 'terminate'],
    ['USR1', 'terminate'],
    ['RTMIN+1', 'terminate'],
    ['CHLD', 'ignore'],
    ['WINCH', 'ignore'],
    ['TSTP', 'stop'],
    ['CONT', 'continue'],
  ])('%s does %s to a process that does not care', (name, action) => {
    expect(defaultAction(name)).toBe(action)
  })
})

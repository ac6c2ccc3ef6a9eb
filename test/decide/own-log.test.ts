import { expect, test } from 'vitest'
import { isTold, ownLogLine, parseOwnLog, syslogDatagram } from '../../src/decide/own-log.ts'

test('level, target and format in any order', () => {
  expect(parseOwnLog('')).toEqual({ ok: true, value: { level: 'info', target: { kind: 'stderr' }, format: 'plain' } })
  expect(parseOwnLog('json /var/log/x.log warn')).toEqual({
    ok: true,
    value: { level: 'warn', target: { kind: 'file', path: '/var/log/x.log' }, format: 'json' },
  })
  expect(parseOwnLog('debug,syslog')).toMatchObject({ value: { level: 'debug', target: { kind: 'syslog' } } })
  expect(parseOwnLog('loud')).toMatchObject({ ok: false, error: expect.stringContaining('loud') })
})

test('a level includes what is graver, and off includes nothing', () => {
  const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const
  for (const [index, level] of levels.entries()) {
    const settings = { level, target: { kind: 'stderr' }, format: 'plain' } as const
    expect(levels.filter((told) => isTold(settings, told))).toEqual(levels.slice(index))
  }
  expect(isTold({ level: 'off', target: { kind: 'stderr' }, format: 'plain' }, 'fatal')).toBe(false)
})

test('a line is one line, whatever it says', () => {
  const told = { at: Date.UTC(2026, 10, 21), level: 'warn', pid: 7, text: 'a\nb \u001b[31m' } as const
  expect(ownLogLine({ format: 'plain' }, told)).toBe('2026-11-21T00:00:00.000Z daemonctl[7]: warn: a\\x0ab \\x1b[31m')
  expect(JSON.parse(ownLogLine({ format: 'json' }, told))).toEqual({
    time: '2026-11-21T00:00:00.000Z',
    level: 'warn',
    pid: 7,
    text: 'a\nb \u001b[31m',
  })
  expect(syslogDatagram('error', 7, 'x')).toBe('<27>daemonctl[7]: x')
})

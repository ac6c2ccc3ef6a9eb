import { describe, expect, test } from 'vitest'
import { expectedExecutable, isShell } from '../../src/definition/expected-executable.ts'
import { definitionFromFlags } from '../../src/definition/flags.ts'
import { formatFinding } from '../../src/definition/problem.ts'
import { CONTEXT } from './given.ts'

const fromFlags = (values: Record<string, unknown>, name = 'app') =>
  definitionFromFlags({ name, values, context: CONTEXT })

describe('a definition from flags', () => {
  test('follows the rules of a file', () => {
    const result = fromFlags({
      command: ['./app', '-v'],
      pidfile: 'app.pid',
      user: undefined,
      stop: { schedule: 'INT/1' },
    })
    expect(result.ok && result.value).toMatchObject({
      name: 'app',
      command: { argv: ['/srv/app/app', '-v'] },
      pidfile: '/srv/app/app.pid',
      user: undefined,
      stop: { schedule: { steps: [{ signal: 'INT', wait: 1000 }] }, timeout: 20_000 },
    })
  })

  test('names the key of each problem', () => {
    const result = fromFlags({ umask: '99', stop: { schedule: 'x' } }, 'a b')
    expect(result.ok || result.error.map(formatFinding)).toEqual([
      'umask: "99" is not octal such as "0022", at most "0777"',
      'stop.schedule: "x" is not a stop schedule such as "TERM/20/KILL/5": "x" is not a signal (kill -l lists them)',
    ])
    const unnamed = fromFlags({ command: ['/bin/app'] }, 'a b')
    expect(unnamed.ok || unnamed.error.map(formatFinding)).toEqual([
      'name: "a b" is not a name of a daemon: it has letters, digits and . _ - @ only',
    ])
  })
})

test('the main process is expected to execute the program of the command, unless a shell is between', () => {
  const command = { argv: ['/bin/sh', '-c', 'x'], shell: false }
  expect(expectedExecutable({ command, executable: undefined })).toBe('/bin/sh')
  expect(expectedExecutable({ command, executable: '/bin/x' })).toBe('/bin/x')
  expect(expectedExecutable({ command: { ...command, shell: true }, executable: undefined })).toBeUndefined()
  expect(expectedExecutable({ command: { ...command, shell: true }, executable: '/bin/x' })).toBe('/bin/x')
})

test.each(['/bin/sh', 'bash', '/usr/bin/ksh93', '/usr/bin/bash5.2', '/bin/busybox'])('%s is a shell', (program) => {
  expect(isShell(program)).toBe(true)
})

test.each(['/usr/bin/php8.2', '/usr/bin/ssh', '/opt/sh/app', '/usr/bin/fishd'])('%s is no shell', (program) => {
  expect(isShell(program)).toBe(false)
})

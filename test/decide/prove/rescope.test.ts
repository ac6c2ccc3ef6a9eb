import { expect, test } from 'vitest'
import { rescope } from '../../../src/decide/prove/rescope.ts'
import { definitionFromFlags } from '../../../src/definition/flags.ts'

const PLACE = { runtime: '/scratch/run', log: '/scratch/log' }

function define(values: Parameters<typeof definitionFromFlags>[0]['values']) {
  const context = { directory: '/', home: '/', hostname: 'h', runtimeDirectory: '/run/d', logDirectory: '/var/log/d' }
  const definition = definitionFromFlags({ name: 'x', values, context })
  if (!definition.ok) throw new Error(JSON.stringify(definition.error))
  return definition.value
}

test('what daemonctl writes is moved, whoever names it', () => {
  const moved = rescope(define({ command: ['x'], pidfile: '/run/x.pid', log: { stdout: '/var/log/x.log' } }), PLACE)
  expect(moved.pidfile).toBe('/scratch/run/x.pid')
  expect(moved.log.stdout).toEqual({ kind: 'file', path: '/scratch/log/x.log' })
})

test('what the daemon writes is moved where it is told the path, in its command or environment', () => {
  const told = define({
    type: 'forking',
    command: ['x', '--pidfile=/run/x.pid'],
    pidfile: '/run/x.pid',
    environment: { LOG: '/var/log/x.log' },
    log: { stdout: '/var/log/x.log', 'reopen-signal': 'USR1' },
  })
  const moved = rescope(told, PLACE)
  expect(moved.pidfile).toBe('/scratch/run/x.pid')
  expect(moved.command.argv).toEqual(['x', '--pidfile=/scratch/run/x.pid'])
  expect(moved.environment).toEqual({ LOG: '/scratch/log/x.log' })
})

test('what only the program knows stays where it is', () => {
  const secret = define({
    type: 'forking',
    command: ['x', '/run/x.pid.old'],
    pidfile: '/run/x.pid',
    log: { stdout: '/var/log/x.log', 'reopen-signal': 'USR1' },
  })
  expect(rescope(secret, PLACE)).toEqual(secret)
})

import { expect } from 'vitest'
import { scenario, type Rig } from './rig.ts'

/** Captured output that goes to no file. Syslog and the journal are in test/host/capture-sinks.test.ts. */

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z d: ready$/m

function define(rig: Rig): void {
  const log = { target: 'stdout', format: 'timestamps', prefix: '%n: ' }
  rig.define('d', { command: rig.fixture('obedient.pl'), log, respawn: { policy: 'never' } })
}

scenario('to the standard output of whoever starts it, until it ends', async (rig) => {
  define(rig)
  const { said, outcome } = rig.begin(['start', 'd'])
  await rig.until('it is heard', () => LINE.test(said.stdout))
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  await rig.until('its last word is heard', () => said.stdout.includes('d: TERM'))
  expect((await outcome).status).toBe(0)
  const logs = await rig.daemonctl(['logs', 'd'])
  expect([logs.status, logs.stderr]).toEqual([3, expect.stringContaining('its output goes to stdout')])
})

scenario('to that of the watcher', async (rig) => {
  define(rig)
  const running = rig.begin(['watch', '--quiet'], { hangsAfter: 120_000 })
  await rig.until('it is heard', () => LINE.test(running.said.stdout), 60)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  await rig.until('its last word is heard', () => running.said.stdout.includes('d: TERM'))
  running.child.kill('SIGTERM')
  await running.outcome
})

scenario('a rate limit, and lines below a level', async (rig) => {
  const script =
    'i=0; while [ $i -lt 100 ]; do echo "INFO: line $i"; echo "DEBUG: not this"; i=$((i + 1)); done; exec sleep 1000'
  const log = { 'rate-limit': 10, 'rate-interval': '1h', level: 'info' }
  rig.define('d', { command: ['/bin/sh', '-c', script], log })
  await rig.daemonctl(['start', 'd'])
  await rig.until('the lines are there', () => rig.log('d').split('\n').length > 10)
  await rig.daemonctl(['stop', 'd'])
  await rig.until('all is told', () => rig.log('d').includes('left out'))
  const lines = Array.from({ length: 10 }, (_, index) => `INFO: line ${index}\n`).join('')
  expect(rig.log('d')).toMatch(
    new RegExp(`^${lines}daemonctl: 9\\d lines were left out here: there were more than 10 within 1 h\\n$`),
  )
})

import { expect } from 'vitest'
import { scenario } from './rig.ts'

scenario('--debug shows every decision and every effect, and changes nothing else', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), environment: { SECRET: 'hunter2' } })
  const started = await rig.daemonctl(['start', 'd', '--debug'])
  expect([started.status, started.stdout]).toEqual([0, expect.stringMatching(/^Starting d \.\.\. ok/)])
  expect(started.stderr).toMatch(/debug: decision: start d: it is stopped, so: .*launch/)
  for (const effect of ['wishes.write', 'spawner.spawn', 'records.write', 'pidfiles.write', 'history.append']) {
    expect(started.stderr).toContain(`debug: effect: ${effect}(`)
  }
  expect(started.stderr).toMatch(/info: start d: done, pid \d+/)
  expect(started.stderr).not.toContain('hunter2')
  const quiet = await rig.daemonctl(['stop', 'd'])
  expect(quiet.stderr).toBe('')
})

scenario('the log of daemonctl: whole lines of many processes in one file, by level', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl') })
  const file = rig.path('own.log')
  const env = { DAEMONCTL_LOG: `info ${file} json` }
  await Promise.all(Array.from({ length: 6 }, () => rig.daemonctl(['start', 'd'], { env })))
  await rig.daemonctl(['reload', 'nowhere'], { env })
  await rig.daemonctl(['stop', 'd'], { env: { DAEMONCTL_LOG: `error ${file}` } })
  const told = rig
    .read(file)
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  expect(told).toHaveLength(6)
  expect(told).toContainEqual(
    expect.objectContaining({ level: 'info', text: expect.stringMatching(/^start d: done, pid/) }),
  )
  const odd = await rig.daemonctl(['status', 'd'], { env: { DAEMONCTL_LOG: 'loud' } })
  expect([odd.status, odd.stderr]).toEqual([3, expect.stringContaining('"loud" is neither a level')])
})

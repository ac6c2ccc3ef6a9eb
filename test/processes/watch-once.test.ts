import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, isAlive, kill, lives, scenario, type Rig } from './rig.ts'
import { rememberedRespawns } from './watching.ts'

/** `watch --once`, as cron calls it, and the watcher as a daemon of its own. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }

function processOf(rig: Rig, pidfile: string): Process {
  const found = findProcess(Number(rig.read(pidfile).trim()))
  if (found === undefined) throw new Error(`nothing runs by ${pidfile}`)
  return found
}

scenario('--once starts what is down and wanted, and says by its status whether all is well', async (rig) => {
  rig.define('up', { ...QUICK, command: rig.fixture('obedient.pl', 'up') })
  rig.define('stopped', { ...QUICK, command: rig.fixture('obedient.pl', 'stopped') })
  expect((await rig.daemonctl(['stop', 'stopped'])).status).toBe(0)
  const first = await rig.daemonctl(['watch', '--once'])
  expect([first.status, first.leaked]).toEqual([0, false])
  const before = processOf(rig, rig.pidfile('up'))
  const second = await rig.daemonctl(['watch', '--once'])
  expect(second.status).toBe(0)
  expect(second.stdout).toContain('it runs already')
  expect(lives(before)).toBe(true)
  expect(rig.copies('obedient.pl').map(({ pid }) => pid)).toEqual([before.pid])
  // Only the named ones.
  kill(before, 'SIGKILL')
  expect((await rig.daemonctl(['watch', '--once', 'stopped'])).status).toBe(0)
  expect(rig.copies('obedient.pl')).toEqual([])
  expect((await rig.daemonctl(['watch', '--once', 'up'])).status).toBe(0)
  expect(rig.copies('obedient.pl')).toHaveLength(1)
})

scenario('--once ends with 1 if something is not up, and holds back what fails between calls as well', async (rig) => {
  rig.define('d', {
    command: rig.fixture('exits-at-once.sh', 5),
    respawn: { delay: '10m', 'max-delay': '10m', burst: 100 },
  })
  const first = await rig.daemonctl(['watch', '--once'])
  expect(first.status).toBe(1)
  expect(first.stdout + first.stderr).toMatch(/it is started again in (10|9) min/)
  const started = rememberedRespawns(rig, 'd')
  expect(started).toBe(2)
  for (let calls = 0; calls < 2; calls += 1) {
    expect((await rig.daemonctl(['watch', '--once'])).status).toBe(1)
    expect(rememberedRespawns(rig, 'd')).toBe(started)
  }
  // An operator begins anew, and that a start of his fails is his business.
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(1)
  expect((await rig.daemonctl(['watch', '--once'])).status).toBe(1)
  expect(rememberedRespawns(rig, 'd')).toBeGreaterThan(started)
})

scenario('--detach, --upgrade and --stop: a daemon among daemons, which leaves the others alone', async (rig) => {
  rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl'), respawn: { burst: 100 } })
  const pidfile = rig.path('run', 'watcher', 'watcher.pid')
  const log = (): string => rig.read(rig.path('log', 'watcher.log'))
  const detached = await rig.daemonctl(['watch', '--detach'])
  expect([detached.status, detached.leaked]).toEqual([0, false])
  const watcher = processOf(rig, pidfile)
  const daemon = processOf(rig, rig.pidfile('d'))
  expect(watcher.session).toBe(watcher.pid)
  const again = await rig.daemonctl(['watch', '--detach'])
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('already running') as unknown])
  expect(lives(watcher)).toBe(true)

  kill(daemon, 'SIGKILL')
  await rig.until('it is up again', () => log().includes('it is up again'))
  const respawned = processOf(rig, rig.pidfile('d'))

  expect((await rig.daemonctl(['watch', '--upgrade'])).status).toBe(0)
  await rig.until('the new program has looked at it', () => log().includes(`it runs already (pid ${respawned.pid})`))
  const upgraded = processOf(rig, pidfile)
  // Where Node can execute anew the process stays the same.
  expect(upgraded.pid).toBe(watcher.pid)
  expect(lives(respawned)).toBe(true)
  kill(respawned, 'SIGKILL')
  await rig.until('it is up once more', () => log().split('it is up again').length === 3)
  const last = processOf(rig, rig.pidfile('d'))
  await rig.until('that is remembered', () => rememberedRespawns(rig, 'd') === 3)

  const stopped = await rig.daemonctl(['watch', '--stop'])
  expect(stopped.status).toBe(0)
  expect(lives(upgraded)).toBe(false)
  expect(lives(last)).toBe(true)
  expect(rig.copies('obedient.pl').map(({ pid }) => pid)).toEqual([last.pid])
  expect((await rig.daemonctl(['watch', '--stop'])).status).toBe(0)
})

scenario(
  'a detached watcher reads the definitions again on HUP, and with --on-exit stop it ends its daemons',
  async (rig) => {
    rig.define('one', { ...QUICK, command: rig.fixture('obedient.pl', 'one') })
    expect((await rig.daemonctl(['watch', '--detach', '--on-exit', 'stop'])).status).toBe(0)
    const watcher = processOf(rig, rig.path('run', 'watcher', 'watcher.pid'))
    rig.define('two', { ...QUICK, command: rig.fixture('obedient.pl', 'two') })
    kill(watcher, 'SIGHUP')
    await rig.until('two runs', () => rig.log('two') === 'ready\n')
    expect((await rig.daemonctl(['watch', '--stop'])).status).toBe(0)
    expect(rig.copies('obedient.pl')).toEqual([])
    expect(rig.log('one')).toBe('ready\nTERM\n')
  },
)

scenario('--detach says what is wrong with the definitions, and starts nothing', async (rig) => {
  rig.write(rig.path('etc', 'bad.toml'), 'command = 7\n')
  const detached = await rig.daemonctl(['watch', '--detach'])
  expect(detached.status).toBe(6)
  expect(detached.stderr).toContain('bad.toml')
  expect(rig.processes()).toEqual([])
  const empty = await rig.daemonctl(['watch'], { env: { DAEMONCTL_CONFIG_DIR: rig.path('state') } })
  expect([empty.status, empty.stderr]).toEqual([6, expect.stringContaining('no daemon is defined here') as unknown])
})

scenario('--once ends soon also where nothing delays the next start of what fails', async (rig) => {
  const quick = { ...QUICK, respawn: { delay: '0s', burst: 1_000_000 } }
  for (let number = 0; number < 6; number += 1) rig.define(`fails${number}`, { ...quick, command: ['/bin/false'] })
  rig.define('good', { ...quick, command: rig.fixture('obedient.pl') })
  const outcome = await rig.daemonctl(['watch', '--once', '--json'])
  expect(outcome.status).toBe(1)
  const failed = outcome.stdout.split('\n').filter((line) => line.includes('"start-failed"'))
  expect(failed.length).toBe(12)
  expect(isAlive(rig.pid('good'))).toBe(true)
  expect(rig.copies('false')).toEqual([])
})

import { expect } from 'vitest'
import { isAlive, scenario, type Rig } from './rig.ts'

/** M30: Ctrl-C at a verb leaves lock and state right: the next command goes on. */
const PLACES = [
  { verb: 'start', what: 'in the config test', seen: (rig: Rig) => rig.copies('/bin/sleep 3').length > 0 },
  { verb: 'start', what: 'while it waits for readiness', seen: (rig: Rig) => rig.log('d').includes('starting') },
  { verb: 'stop', what: 'while it waits for the end', seen: (rig: Rig) => rig.log('d').includes('TERM') },
  { verb: 'restart', what: 'while it waits for the end', seen: (rig: Rig) => rig.log('d').includes('TERM') },
] as const

for (const { verb, what, seen } of PLACES) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    scenario(`M30 ${signal} at ${verb}, ${what}`, async (rig) => {
      const inTest = what === 'in the config test'
      const define = (late: boolean): void =>
        rig.define('d', {
          command: verb === 'start' ? rig.fixture('never-ready.pl') : rig.fixture('slow-stop.pl', 2000),
          ...(late && inTest ? { 'config-test': ['/bin/sleep', '3'] } : {}),
          ...(late && verb === 'start' && !inTest
            ? { start: { ready: { file: rig.path('never') }, timeout: '50s' } }
            : {}),
        })
      define(false)
      if (verb !== 'start') {
        expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
        await rig.until('it is ready', () => rig.log('d').includes('ready'))
      }
      define(true)
      const { child, outcome } = rig.begin([verb, 'd'])
      await rig.until(`${verb} has come so far`, () => seen(rig))
      child.kill(signal)
      const interrupted = await outcome
      expect(interrupted.took).toBeLessThan(20_000)
      if (signal === 'SIGINT') {
        expect([interrupted.status, interrupted.stderr]).toEqual([130, expect.stringContaining('interrupted')])
      } else expect(interrupted.status).not.toBe(0)

      define(false)
      // The lock is free, what runs is known, and at most one lives.
      const { condition, pid } = await rig.status('d')
      expect(['running', 'stopped', 'stale']).toContain(condition)
      if (condition === 'running') expect(isAlive(pid ?? 0)).toBe(true)
      const started = await rig.daemonctl(['start', 'd', '--lock-timeout', '10s'])
      expect(started.status, started.stderr).toBe(0)
      await rig.until('the old one has ended', () => rig.copies('.pl').length <= 1)
      const stopped = await rig.daemonctl(['stop', 'd', '--lock-timeout', '10s'])
      expect(stopped.status, stopped.stderr).toBe(0)
      expect(rig.copies('.pl')).toEqual([])
      expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual(['', ''])
    })
  }
}

scenario('M30 run: what comes to daemonctl is meant for the daemon, whose exit status is ours', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl') })
  const { child, outcome } = rig.begin(['run', 'd'])
  await rig.until(
    'it runs',
    () => rig.pid('d') > 1 && isAlive(rig.pid('d')) && rig.copies('obedient.pl').some(({ name }) => name === 'perl'),
  )
  expect((await rig.status('d')).condition).toBe('running')
  expect((await rig.daemonctl(['start', 'd'])).stdout).toContain('already running')
  let said = ''
  child.stdout?.on('data', (text: string) => (said += text))
  await rig.until(
    'it handles signals',
    () => BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(rig.read(`/proc/${rig.pid('d')}/status`))?.[1] ?? '0'}`) !== 0n,
  )
  child.kill('SIGHUP')
  await rig.until('HUP has reached it', () => said.includes('reloaded'))
  child.kill('SIGTERM')
  const { status, stdout } = await outcome
  expect([status, stdout]).toEqual([0, 'ready\nreloaded\nTERM\n'])
  expect([rig.processes(), rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual([[], '', ''])
})

scenario('run: the exit status of a daemon that fails, and 128 + N of one that is killed', async (rig) => {
  rig.define('d', { command: rig.fixture('exits-after.pl', 20, 7) })
  expect((await rig.daemonctl(['run', 'd'])).status).toBe(7)
  rig.define('d', { command: ['/bin/sh', '-c', 'kill -TERM $$'] })
  expect((await rig.daemonctl(['run', 'd'])).status).toBe(143)
  expect((await rig.status('d')).exit).toBe(3)
})

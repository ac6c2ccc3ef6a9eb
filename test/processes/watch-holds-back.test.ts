import { expect } from 'vitest'
import { kill, lives, scenario, type Rig } from './rig.ts'
import { watch, type Line } from './watching.ts'

/** What fails again and again is started more and more seldom, but it is not given up, unless that is wished. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }

const kinds = (lines: readonly Line[]): readonly string[] => lines.map(({ kind }) => kind)

scenario('a crash loop: at once, then later and later, then a cool-down, then again', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('exits-after.pl', 30, 7),
    respawn: { delay: '40ms', jitter: 0, burst: 4, interval: '1m', 'cool-down': '300ms' },
    environment: { WITNESS: rig.path('witness') },
  })
  const watcher = await watch(rig)
  // On a busy machine it may end before it counts as started.
  const isEnd = ({ kind }: Line): boolean => kind === 'ended' || kind === 'start-failed'
  await rig.until('it has ended six times', () => watcher.lines('d').filter(isEnd).length >= 6)
  const lines = watcher.lines('d')
  const ends = lines.filter(isEnd)
  expect(ends.slice(0, 6).map(({ message }) => message.replace(/^.*: it/, 'it'))).toEqual([
    'it is started again at once',
    'it is started again in 40 ms',
    'it is started again in 80 ms',
    'it was started 4 times in 1 min, the next start is in 300 ms',
    'it is started again in 160 ms',
    'it is started again in 320 ms',
  ])
  expect(ends.every(({ message }) => message.includes('ended with exit status 7'))).toBe(true)
  expect(lines.filter(({ kind }) => kind === 'trying-again')).toHaveLength(1)
  // The delays themselves are the machine's own tests. Here: it waits, and not for a moment only. They count from the
  // decision, and on a busy machine its line is written a while after it.
  const pauses = ends.slice(0, 4).map((end) => {
    const next = lines[lines.indexOf(end) + 1]
    return Date.parse(next?.at ?? '') - Date.parse(end.at)
  })
  expect([0, 20, 40, 150].map((least, number) => (pauses[number] ?? 0) >= least)).toEqual([true, true, true, true])
  await watcher.end()
  const history = await rig.daemonctl(['history', 'd'])
  expect(history.stdout).toContain('the next start is in 300 ms')
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
})

scenario('with give-up it stays down after the burst, until somebody starts it', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('exits-after.pl', 30, 7),
    respawn: { delay: '10ms', burst: 2, interval: '1m', 'give-up': true },
  })
  const watcher = await watch(rig)
  await watcher.reads('d', /too many starts and give-up is set, it stays down until somebody starts it/)
  const told = await watcher.told('d')
  expect([told.phase, told.sentence]).toEqual([
    'down',
    'down, given up after too many starts, it ended with exit status 7',
  ])
  // Also by the watcher after it.
  await watcher.end()
  const next = await watch(rig)
  expect((await next.told('d')).phase).toBe('down')
  expect(kinds(next.lines('d'))).toEqual([])
  // On a busy machine it may end before it counts as started; it is tried again all the same.
  await rig.daemonctl(['start', 'd'])
  await next.reads('d', /give-up is set/)
  await next.end()
})

for (const [what, command, words] of [
  ['that ends at once', 'exits-at-once.sh', /exit status 5 at once/],
  ['whose program is missing', undefined, /the program .* is not installed/],
] as const) {
  scenario(`one ${what} is tried again, and comes up when it can`, async (rig) => {
    const program = rig.path('program')
    const define = (argv: readonly string[]): void =>
      rig.define('d', {
        // No shorter settling than usual: on a busy machine it would count as started.
        command: argv,
        stop: QUICK.stop,
        respawn: { delay: '20ms', burst: 3, interval: '1m', 'cool-down': '250ms' },
        hooks: { 'on-recovery': ['/bin/sh', '-c', `echo recovered >>${rig.path('hooks')}`] },
      })
    define(command === undefined ? [program] : rig.fixture(command, 5))
    const watcher = await watch(rig, [], { ready: false })
    await watcher.hears('d', 'trying-again')
    const failed = watcher.lines('d').filter(({ kind }) => kind === 'start-failed')
    expect(failed.slice(0, 3).map(({ level }) => level)).toEqual(['error', 'error', 'error'])
    expect(failed[0]?.message).toMatch(words)
    expect(failed[2]?.message).toMatch(/the next start is in 250 ms/)
    if (command === undefined) rig.write(program, '#!/bin/sh\nexec sleep 86400\n', 0o755)
    else {
      define(rig.fixture('obedient.pl'))
      watcher.kill('SIGHUP')
    }
    expect((await watcher.hears('d', 'started')).message).toContain('it is up again')
    await rig.until('the hook has run', () => rig.read(rig.path('hooks')) === 'recovered\n')
    await watcher.end()
  })
}

scenario('counters, delays and cool-downs go on with the next watcher, also after kill -9', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('exits-after.pl', 20, 7),
    respawn: { delay: '10ms', burst: 2, interval: '10m', 'cool-down': '10m' },
  })
  const first = await watch(rig)
  await first.reads('d', /the next start is in 10 min/)
  const { respawns } = await first.phase('d', 'cooling-down')
  expect(respawns).toBe(2)
  first.kill('SIGKILL')
  await first.outcome
  const second = await watch(rig)
  const told = await second.told('d')
  expect([told.phase, told.respawns, told['in-window']]).toEqual(['cooling-down', 2, 2])
  expect(told.sentence).toMatch(/^cooling down after too many starts, next start in (10|9) min/)
  expect(second.lines('d')).toEqual([])
  await second.end()
})

scenario('after it has run well the respawn comes at once, after it has not, with a delay', async (rig) => {
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('obedient.pl'),
    respawn: { delay: '10m', 'max-delay': '10m', 'reset-after': '1s', burst: 100 },
  })
  const watcher = await watch(rig)
  let deaths = 0
  const death = async (): Promise<string> => {
    deaths += 1
    await killIt(rig)
    return (await watcher.hears('d', 'ended', deaths)).message
  }
  for (let round = 1; round <= 2; round += 1) {
    const born = performance.now()
    await rig.until('it has run well', () => performance.now() - born > 1_100)
    expect(await death()).toMatch(/it is started again at once$/)
    await watcher.hears('d', 'started', deaths + 1)
  }
  // On a busy machine it may have run well again before it is killed.
  let message = await death()
  for (let tries = 0; message.endsWith('at once') && tries < 10; tries += 1) {
    await watcher.hears('d', 'started', deaths + 1)
    message = await death()
  }
  expect(message).toMatch(/it is started again in (10|9) min/)
  expect((await watcher.told('d')).phase).toBe('backing-off')
  await watcher.end()
})

async function killIt(rig: Rig): Promise<void> {
  const [victim] = rig.copies('obedient.pl')
  if (victim === undefined) throw new Error('it does not run')
  kill(victim, 'SIGKILL')
  await rig.until('it is dead', () => !lives(victim))
}

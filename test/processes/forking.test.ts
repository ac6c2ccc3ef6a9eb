import { readFileSync, rmSync } from 'node:fs'
import { expect } from 'vitest'
import { isAlive, lives, scenario, type Fields, type Rig } from './rig.ts'

function define(rig: Rig, fixture: string, words: readonly (string | number)[] = [], fields: Fields = {}): void {
  rig.define('d', {
    type: 'forking',
    command: rig.fixture(fixture, rig.pidfile('d'), ...words),
    ...fields,
    start: { timeout: '10s', ...(fields['start'] as Fields | undefined) },
  })
}

async function expectOneRunning(rig: Rig, fixture: string): Promise<number> {
  const { exit, condition, pid, proof } = await rig.status('d')
  expect({ exit, condition, proof }).toEqual({ exit: 0, condition: 'running', proof: 'record' })
  expect(rig.copies(fixture).map((copy) => copy.pid)).toEqual([pid])
  return pid ?? 0
}

async function expectNothingLeft(rig: Rig): Promise<void> {
  await rig.until('nothing of it lives', () => rig.processes().length === 0)
  expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual(['', ''])
  expect((await rig.status('d')).exit).toBe(3)
}

for (const [fixture, words] of [
  ['forks-twice.pl', []],
  ['forks-without-setsid.pl', []],
  ['late-pidfile.pl', [300]],
  ['empty-then-filled-pidfile.pl', [300]],
] as const) {
  scenario(`a daemon that detaches itself is learned from its pidfile: ${fixture}`, async (rig) => {
    define(rig, fixture, words)
    const started = await rig.daemonctl(['start', 'd'])
    expect(started.status, started.stderr).toBe(0)
    const first = await expectOneRunning(rig, fixture)
    expect((await rig.daemonctl(['start', 'd'])).stdout).toContain(`already running (pid ${first})`)
    expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
    expect(await expectOneRunning(rig, fixture)).not.toBe(first)
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await expectNothingLeft(rig)
  })
}

scenario('M8 a launcher whose daemon keeps all it inherited does not make start hang', async (rig) => {
  define(rig, 'keeps-inherited-pipes.pl')
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.leaked]).toEqual([0, false])
  const pid = await expectOneRunning(rig, 'keeps-inherited-pipes.pl')
  // What it keeps is its log; no pipe of ours, and not the lock.
  expect(rig.log('d')).toContain('ready')
  expect((await rig.daemonctl(['stop', 'd', '--lock-timeout', '1s'])).status).toBe(0)
  expect(isAlive(pid)).toBe(false)
})

scenario('M9 a launcher that ends with 0 while its daemon is dead: 1, with the end of the log', async (rig) => {
  define(rig, 'launcher-exits-0-while-dead.pl')
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('the daemon (pid')
  expect(outcome.stderr).toContain('is dead')
  expect(outcome.stderr).toContain('| bind: Address already in use')
  await expectNothingLeft(rig)
})

scenario('M9 a launcher that ends with 0 and has started nothing', async (rig) => {
  rig.define('d', { type: 'forking', command: ['/bin/true'], start: { timeout: '10s' } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([1, expect.stringContaining('was not written')])
  expect(outcome.took).toBeLessThan(8_000)
  await expectNothingLeft(rig)
})

scenario('M9 a daemon that dies right after its pidfile', async (rig) => {
  define(rig, 'dies-after-pidfile.pl', [60])
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status).toBe(1)
  await expectNothingLeft(rig)
})

scenario('M10 a launcher that ends with 101 while its daemon lives: it runs, and that is said', async (rig) => {
  define(rig, 'launcher-exits-101-while-alive.pl')
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([0, expect.stringContaining('exit status 101, although the daemon')])
  await expectOneRunning(rig, 'launcher-exits-101')
  await rig.daemonctl(['stop', 'd'])
  define(rig, 'launcher-exits-101-while-alive.pl', [], { start: { 'launcher-exit': [0, 101] } })
  const expected = await rig.daemonctl(['start', 'd'])
  expect([expected.status, expected.stderr]).toEqual([0, ''])
})

scenario('a launcher that fails: its exit status and its last words', async (rig) => {
  rig.define('d', { type: 'forking', command: rig.fixture('exits-at-once.sh', 3) })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('its launcher ended with exit status 3')
  expect(outcome.stderr).toContain('| cannot open /etc/exits-at-once.conf')
  await expectNothingLeft(rig)
})

scenario('M28 a program that never detaches: type = "simple" is the advice, and it is ended', async (rig) => {
  rig.define('d', { type: 'forking', command: rig.fixture('never-ready.pl'), start: { timeout: '500ms' } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([1, expect.stringContaining('type = "simple"')])
  await expectNothingLeft(rig)
})

scenario('a pidfile that names a stranger is not the daemon, whatever the launcher says', async (rig) => {
  const stranger = await rig.stranger()
  const script = `echo ${stranger.pid} >"$0"`
  rig.define('d', {
    type: 'forking',
    command: ['/bin/sh', '-c', script, rig.pidfile('d')],
    start: { timeout: '2s' },
    stop: { schedule: 'TERM/1/KILL/1' },
  })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status, outcome.stdout).toBe(1)
  const stopped = await rig.daemonctl(['stop', 'd'])
  expect([stopped.status, stranger.signals(), lives(stranger)]).toEqual([0, [], true])
})

scenario('an old pidfile that names a stranger does not keep a daemon from starting', async (rig) => {
  const stranger = await rig.stranger()
  define(rig, 'forks-twice.pl', [], { executable: '/usr/bin/perl' })
  rig.write(rig.pidfile('d'), '999999\n')
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  await expectOneRunning(rig, 'forks-twice.pl')
  expect(stranger.signals()).toEqual([])
})

scenario('M12 a process that has renamed itself is the same process', async (rig) => {
  rig.define('d', { command: rig.fixture('retitles-itself.pl') })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const pid = rig.pid('d')
  await rig.until('it has', () => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('server: master'))
  const { condition, proof } = await rig.status('d')
  expect([condition, proof]).toEqual(['running', 'record'])
  // And without a record: names are no proof, neither for nor against.
  rig.write(rig.record('d'), '')
  expect((await rig.status('d')).condition).toBe('running')
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(isAlive(pid)).toBe(false)
})

scenario('M14 a pidfile that has vanished: the record knows, and stop works', async (rig) => {
  for (const type of ['simple', 'forking']) {
    if (type === 'simple') rig.define('d', { command: rig.fixture('obedient.pl') })
    else define(rig, 'forks-twice.pl')
    expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
    const pid = rig.pid('d')
    rmSync(rig.pidfile('d'))
    expect(await rig.status('d')).toMatchObject({ exit: 0, pid, notes: ['its pidfile has vanished'] })
    expect((await rig.daemonctl(['start', 'd'])).stdout).toContain('already running')
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await expectNothingLeft(rig)
  }
})

scenario('M14 a pidfile that was overwritten with a stranger: the record still knows', async (rig) => {
  const stranger = await rig.stranger()
  rig.define('d', { command: rig.fixture('obedient.pl') })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const pid = rig.pid('d')
  rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
  expect(await rig.status('d')).toMatchObject({ exit: 0, pid, proof: 'record' })
  expect((await rig.daemonctl(['signal', 'd', 'USR1'])).status).toBe(0)
  await rig.until('the daemon got it', () => rig.log('d').includes('USR1'))
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect([isAlive(pid), stranger.signals(), lives(stranger)]).toEqual([false, [], true])
})

scenario('a daemon that somebody else has started is known by its pidfile, and taken over', async (rig) => {
  const daemon = await rig.spawn(rig.fixture('obedient.pl'))
  rig.define('d', { command: rig.fixture('obedient.pl') })
  rig.write(rig.pidfile('d'), `${daemon.pid}\n`)
  expect(await rig.status('d')).toMatchObject({ exit: 0, pid: daemon.pid, proof: 'pidfile' })
  expect((await rig.daemonctl(['start', 'd'])).stdout).toContain(`already running (pid ${daemon.pid})`)
  expect((await rig.daemonctl(['reload', 'd'])).status).toBe(0)
  // From then on its identity is on record.
  expect(await rig.status('d')).toMatchObject({ exit: 0, pid: daemon.pid, proof: 'record' })
  expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
  expect([lives(daemon), rig.copies('obedient.pl').map(({ pid }) => pid)]).toEqual([false, [rig.pid('d')]])
})

import { expect } from 'vitest'
import { isAlive, lives, scenario, type Fields, type Rig } from './rig.ts'

async function start(rig: Rig, fields: Fields): Promise<number> {
  rig.define('d', { ...fields, start: { settle: '50ms', timeout: '10s', ...(fields['start'] as Fields | undefined) } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status, outcome.stderr).toBe(0)
  return rig.pid('d')
}

const logged = (rig: Rig, line: string): Promise<void> =>
  rig.until(`it logs ${line}`, () => rig.log('d').split('\n').includes(line))

scenario('M24 reload: HUP reaches the daemon, which stays the same process', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('obedient.pl') })
  await logged(rig, 'ready')
  const outcome = await rig.daemonctl(['reload', 'd'])
  expect([outcome.status, outcome.stdout]).toEqual([0, expect.stringContaining(`pid ${pid}`)])
  await logged(rig, 'reloaded')
  expect((await rig.status('d')).pid).toBe(pid)
})

for (const [fixture, says] of [
  ['dies-of-hup.pl', 'does not handle HUP and would die of it'],
  ['ignores-hup.pl', 'ignores HUP: nothing would be reloaded'],
] as const) {
  scenario(`M24 reload refuses a signal that is no reload: ${fixture}`, async (rig) => {
    const pid = await start(rig, { command: rig.fixture(fixture) })
    await logged(rig, 'ready')
    const outcome = await rig.daemonctl(['reload', 'd'])
    expect([outcome.status, outcome.stderr]).toEqual([3, expect.stringContaining(says)])
    expect(isAlive(pid)).toBe(true)
    // force-reload then restarts, as the LSB has it.
    expect((await rig.daemonctl(['force-reload', 'd'])).status).toBe(0)
    expect([isAlive(pid), isAlive(rig.pid('d'))]).toEqual([false, true])
  })
}

scenario('M24 reload of what is stopped: 7, and nothing is started', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl') })
  for (const words of [
    ['reload', 'd'],
    ['signal', 'd', 'HUP'],
  ])
    expect((await rig.daemonctl(words)).status).toBe(7)
  expect((await rig.daemonctl(['force-reload', 'd'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('M24 the config test comes first: 6, and no signal is sent', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('obedient.pl') })
  await logged(rig, 'ready')
  rig.define('d', { command: rig.fixture('obedient.pl'), 'config-test': ['/bin/sh', '-c', 'echo line 7; exit 1'] })
  for (const verb of ['reload', 'restart', 'condrestart', 'force-reload']) {
    const outcome = await rig.daemonctl([verb, 'd'])
    expect([verb, outcome.status, outcome.stderr]).toEqual([verb, 6, expect.stringContaining('| line 7')])
  }
  expect([isAlive(pid), rig.log('d')]).toEqual([true, 'ready\n'])
  // stop asks for no good configuration.
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
})

scenario('M11 a daemon that takes a new main PID on reload is followed', async (rig) => {
  const pidfile = rig.pidfile('d')
  const first = await start(rig, { type: 'forking', command: rig.fixture('re-executes-on-hup.pl', pidfile) })
  let before = first
  for (let round = 0; round < 3; round += 1) {
    const outcome = await rig.daemonctl(['reload', 'd'])
    expect(outcome.status, outcome.stderr).toBe(0)
    const { pid, condition, proof } = await rig.status('d')
    expect([condition, proof, isAlive(before)]).toEqual(['running', 'record', false])
    expect(outcome.stdout).toContain(`pid ${before} → ${pid}`)
    expect(rig.copies('re-executes').map((copy) => copy.pid)).toEqual([pid])
    before = pid ?? 0
  }
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('M11 also when HUP came from somebody else', async (rig) => {
  const before = await start(rig, { type: 'forking', command: rig.fixture('re-executes-on-hup.pl', rig.pidfile('d')) })
  process.kill(before, 'SIGHUP')
  await rig.until('another has taken over', () => rig.pid('d') !== before && rig.pid('d') > 1 && !isAlive(before))
  const { pid, condition } = await rig.status('d')
  expect([condition, pid]).toEqual(['running', rig.pid('d')])
  expect((await rig.daemonctl(['start', 'd'])).stdout).toContain('already running')
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('a daemon that ends of its reload: 1, with its last words', async (rig) => {
  await start(rig, { command: rig.fixture('ends-on-hup.pl') })
  await logged(rig, 'ready')
  const outcome = await rig.daemonctl(['reload', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([1, expect.stringContaining('it ended on the reload')])
  expect(outcome.stderr).toContain('| the new configuration is bad')
})

scenario('reload.command instead of a signal: its environment, its failure, its bound', async (rig) => {
  const by = (script: string, timeout = '20s'): Fields => ({
    command: rig.fixture('dies-of-hup.pl'),
    reload: { command: ['/bin/sh', '-c', script, rig.path('told')], timeout },
  })
  const pid = await start(rig, by('echo "$MAINPID $DAEMONCTL_NAME" >"$0"'))
  expect((await rig.daemonctl(['reload', 'd'])).status).toBe(0)
  expect(rig.read(rig.path('told'))).toBe(`${pid} d\n`)
  for (const bad of [by('echo no; exit 1'), by('exec sleep 86400', '500ms')]) {
    rig.define('d', bad)
    expect((await rig.daemonctl(['reload', 'd'])).status).toBe(1)
  }
  rig.define('d', { command: rig.fixture('dies-of-hup.pl'), reload: false })
  expect((await rig.daemonctl(['reload', 'd'])).status).toBe(3)
  expect([isAlive(pid), rig.copies('86400')]).toEqual([true, []])
})

scenario('signal takes names and numbers, and refuses what is none', async (rig) => {
  await start(rig, { command: rig.fixture('counts-signals.pl', rig.path('got')) })
  await rig.until('it counts', () => rig.read(rig.path('got')).startsWith('ready'))
  const got = (): string => rig.read(rig.path('got')).trim().split('\n').at(-1) ?? ''
  for (const [word, name] of [
    ['USR1', 'USR1'],
    ['SIGUSR2', 'USR2'],
    ['1', 'HUP'],
    ['usr1', 'USR1'],
    ['sigwinch', 'WINCH'],
    ['15', 'TERM'],
  ] as const) {
    expect((await rig.daemonctl(['signal', 'd', word])).status).toBe(0)
    await rig.until(`it got ${name}`, () => got() === name)
  }
  for (const word of ['NOPE', '0', '999', '1.5', '']) {
    expect([word, (await rig.daemonctl(['signal', 'd', word])).status]).toEqual([word, 2])
  }
})

scenario('M7 restart: the old one has ended before the new one begins; stopped, it starts', async (rig) => {
  const fields = { command: rig.fixture('slow-stop.pl', 300), environment: { WITNESS: rig.path('witness') } }
  rig.define('d', fields)
  expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
  const first = rig.pid('d')
  await logged(rig, 'ready')
  const outcome = await rig.daemonctl(['restart', 'd'])
  expect([outcome.status, outcome.stdout]).toEqual([0, expect.stringContaining(`pid ${first} → ${rig.pid('d')}`)])
  await rig.until('both have said so', () => rig.log('d') === 'ready\nTERM\nended\nready\n')
})

scenario('M25 condrestart: only what runs; a lock file of old proves nothing', async (rig) => {
  const lock = rig.path('subsys')
  rig.define('d', { command: rig.fixture('obedient.pl'), 'lock-file': lock })
  for (const verb of ['condrestart', 'try-restart']) expect((await rig.daemonctl([verb, 'd'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
  rig.write(lock, '')
  expect((await rig.status('d')).exit).toBe(2)
  expect((await rig.daemonctl(['condrestart', 'd'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const before = rig.pid('d')
  for (const verb of ['condrestart', 'try-restart']) expect((await rig.daemonctl([verb, 'd'])).status).toBe(0)
  expect([isAlive(before), isAlive(rig.pid('d'))]).toEqual([false, true])
})

scenario(
  'restart --rollback: the last definition that started is started again, and the failure is reported',
  async (rig) => {
    await start(rig, { command: rig.fixture('obedient.pl', 'good') })
    rig.define('d', { command: rig.fixture('exits-at-once.sh', 3) })
    const outcome = await rig.daemonctl(['restart', 'd', '--rollback'])
    expect([outcome.status, outcome.stdout]).toEqual([1, expect.stringContaining('rolled back')])
    expect(outcome.stderr).toContain('exit status 3')
    expect(rig.copies('obedient.pl good').map((copy) => copy.pid)).toEqual([rig.pid('d')])
    expect((await rig.status('d')).condition).toBe('running')
    // Without it, the new definition decides: nothing runs then.
    expect((await rig.daemonctl(['restart', 'd'])).status).toBe(1)
    expect(rig.processes()).toEqual([])
  },
)

scenario('P1 no verb reaches a process that a forged record or wish names', async (rig) => {
  const stranger = await rig.stranger()
  rig.define('d', { command: ['/bin/sleep', '86400'] })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const record = rig.read(rig.record('d'))
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  // An old record whose PID now is the stranger's: the start time is another.
  rig.write(rig.record('d'), record.replace(/"pid":\d+/, `"pid":${stranger.pid}`))
  rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
  expect(await rig.status('d')).toMatchObject({ exit: 1, condition: 'foreign' })
  for (const verb of ['reload', 'condrestart', 'stop']) await rig.daemonctl([verb, 'd'])
  for (const text of ['', '{', 'null', '[]', '{"version":2}', '{"version":1}', '\0'.repeat(100), record.slice(0, 50)]) {
    rig.write(rig.record('d'), text)
    expect([text, (await rig.status('d')).exit]).toEqual([text, 3])
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  }
  expect([stranger.signals(), lives(stranger)]).toEqual([[], true])
})

scenario('reload of a daemon that tells of it returns when it has reloaded (RELOADING=1, READY=1)', async (rig) => {
  const pid = await start(rig, {
    type: 'notify',
    command: rig.fixture('reloads-slowly.pl', rig.path('reloads'), 400),
    reload: { wait: true },
  })
  for (const count of [1, 2]) {
    const outcome = await rig.daemonctl(['reload', 'd'])
    expect([outcome.status, outcome.stderr]).toEqual([0, ''])
    expect(rig.read(rig.path('reloads'))).toBe('reloaded\n'.repeat(count))
    expect((await rig.status('d')).pid).toBe(pid)
  }
  const plan = await rig.daemonctl(['reload', 'd', '--dry-run'])
  expect(plan.stdout).toMatch(/listen to what it says[^]*send HUP[^]*wait for READY=1/)
})

scenario('reload of one that must tell of it and does not fails in time, and it runs on', async (rig) => {
  const pid = await start(rig, {
    type: 'notify',
    command: rig.fixture('notifies.pl', 10),
    reload: { wait: true, timeout: '500ms' },
  })
  const outcome = await rig.daemonctl(['reload', 'd'])
  expect([outcome.status, outcome.stderr]).toEqual([1, expect.stringContaining('neither RELOADING=1 nor READY=1')])
  expect((await rig.status('d')).pid).toBe(pid)
})

import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import { findProcess, HAS_CGROUPS, isAlive, kill, lives, scenario, type Fields, type Rig } from './rig.ts'

async function start(rig: Rig, fields: Fields): Promise<number> {
  rig.define('d', { ...fields, start: { settle: '50ms', ...(fields['start'] as Fields | undefined) } })
  const outcome = await rig.daemonctl(['start', 'd'])
  expect(outcome.status, outcome.stderr).toBe(0)
  return rig.pid('d')
}

const ready = (rig: Rig): Promise<void> => rig.until('it is ready', () => rig.log('d').includes('ready'))

async function expectNothingLeft(rig: Rig): Promise<void> {
  expect(rig.processes()).toEqual([])
  expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d'))]).toEqual(['', ''])
  expect((await rig.status('d')).exit).toBe(3)
}

scenario('P4 stop: TERM, its handler runs, nothing is left, and it is not told of KILL', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('obedient.pl') })
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, outcome.stdout]).toEqual([0, expect.stringContaining(`was pid ${pid}`)])
  expect(outcome.stdout).not.toContain('killed')
  expect(rig.log('d')).toBe('ready\nTERM\n')
  await expectNothingLeft(rig)
})

scenario('M6 TERM is ignored: the schedule goes on to KILL, and that is said', async (rig) => {
  await start(rig, { command: rig.fixture('ignores-term.pl'), stop: { schedule: 'TERM/1/KILL/5' } })
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, outcome.stdout]).toEqual([0, expect.stringContaining('it had to be killed')])
  expect(outcome.took).toBeGreaterThan(1000)
  await expectNothingLeft(rig)
})

scenario('M6 the schedule is performed step by step: signals, waits, and what comes after them', async (rig) => {
  await start(rig, {
    command: rig.fixture('counts-signals.pl', rig.path('got')),
    stop: { schedule: 'USR1/0.2/USR2/0.2/INT/0.2/KILL/5' },
  })
  await rig.until('it counts', () => rig.read(rig.path('got')).startsWith('ready'))
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.read(rig.path('got')).trim().split('\n').slice(1)).toEqual(['USR1', 'USR2', 'INT'])
  await expectNothingLeft(rig)
})

scenario('M6 "forever" repeats the rest until it has ended', async (rig) => {
  const third = '$SIG{TERM} = sub { exit 0 if ++$n == 3 }; syswrite STDOUT, "ready\\n"; sleep while 1'
  await start(rig, { command: ['/usr/bin/perl', '-e', third], stop: { schedule: 'forever/TERM/0.2' } })
  await ready(rig)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  await expectNothingLeft(rig)
})

scenario('M6 --schedule, as start-stop-daemon --retry has it', async (rig) => {
  const pidfile = rig.path('f.pid')
  const mark = `--env=DAEMONCTL_TEST=${rig.directory}`
  await rig.daemonctl(['start', '-p', pidfile, mark, '--', ...rig.fixture('ignores-term.pl')])
  const outcome = await rig.daemonctl(['stop', '-p', pidfile, '--schedule', 'TERM/0.2/KILL/5'])
  expect([outcome.status, rig.processes()]).toEqual([0, []])
  expect(outcome.took).toBeLessThan(5_000)
})

scenario('M6 a suspended process (T) gets CONT, and ends by its own handler', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('suspends-itself.pl'), stop: { schedule: 'TERM/20/KILL/5' } })
  await ready(rig)
  expect((await rig.daemonctl(['signal', 'd', 'USR1'])).status).toBe(0)
  await rig.until('it is suspended', () => findProcess(pid)?.state === 'T')
  const { condition, suspended } = await rig.status('d')
  expect([condition, suspended]).toEqual(['running', true])
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, rig.log('d')]).toEqual([0, 'ready\nTERM\n'])
  expect(outcome.took).toBeLessThan(10_000)
  await expectNothingLeft(rig)
})

scenario('M4 a zombie is dead: stop does not wait for whoever does not reap it', async (rig) => {
  const keeper = await rig.spawn(rig.fixture('does-not-reap.pl', rig.pidfile('d')))
  rig.define('d', { command: rig.fixture('does-not-reap.pl') })
  await rig.until('the daemon is there', () => rig.pid('d') > 1)
  const pid = rig.pid('d')
  expect((await rig.status('d')).condition).toBe('running')
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, findProcess(pid)?.state]).toEqual([0, 'Z'])
  expect(outcome.took).toBeLessThan(8_000)
  expect(rig.read(rig.pidfile('d'))).toBe('')
  // And found dead: stale.
  rig.write(rig.pidfile('d'), `${pid}\n`)
  expect(await rig.status('d')).toMatchObject({ exit: 1, condition: 'stale', why: `PID ${pid} is a zombie` })
  expect((await rig.daemonctl(['reload', 'd'])).status).toBe(7)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(lives(keeper)).toBe(true)
})

scenario('P4 main first: workers are ended by their master, in its own order', async (rig) => {
  await start(rig, { command: rig.fixture('leaves-orphan-workers.pl', 3) })
  await rig.until('all are there', () => rig.copies('leaves-orphan').length === 4)
  const { processes } = await rig.status('d')
  expect(processes).toHaveLength(4)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  await expectNothingLeft(rig)
})

scenario('P4 stubborn children that multiply are all ended', async (rig) => {
  await start(rig, { command: rig.fixture('ignores-term-and-forks.pl'), stop: { schedule: 'TERM/1/KILL/5' } })
  await rig.until('all are there', () => rig.copies('ignores-term-and-forks').length >= 5)
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, outcome.stdout]).toEqual([0, expect.stringContaining('killed')])
  await expectNothingLeft(rig)
})

for (const how of HAS_CGROUPS ? (['cgroup', 'token'] as const) : (['token'] as const)) {
  const options = how === 'token' && process.geteuid?.() === 0 ? ({ as: 'nobody' } as const) : {}

  scenario(
    `P4 a child that has left session, group and parents is found and ended (by ${how})`,
    options,
    async (rig) => {
      await start(rig, { command: rig.fixture('escapes-session.pl') })
      await ready(rig)
      const escaped = Number(/escaped (\d+)/.exec(rig.log('d'))?.[1])
      const found = findProcess(escaped)
      expect(found?.session).not.toBe(rig.pid('d'))
      expect((await rig.status('d')).processes).toContain(escaped)
      expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
      expect(isAlive(escaped)).toBe(false)
      await expectNothingLeft(rig)
    },
  )

  scenario(
    `M13 orphans of a main process that was killed are found, named and ended (by ${how})`,
    options,
    async (rig) => {
      const pid = await start(rig, { command: rig.fixture('leaves-orphan-workers.pl', 3) })
      await rig.until('all are there', () => rig.copies('leaves-orphan').length === 4)
      killMain(rig, pid)
      await rig.until('it is dead', () => rig.copies('leaves-orphan').length === 3)
      const orphans = rig.copies('leaves-orphan').map((orphan) => orphan.pid)
      const { exit, condition, leftovers } = await rig.status('d')
      expect([exit, condition]).toEqual([1, 'stale'])
      expect(new Set(leftovers)).toEqual(new Set(orphans))
      // A start ends them first: they may hold the port.
      const started = await rig.daemonctl(['start', 'd'])
      expect(started.status, started.stderr).toBe(0)
      expect(orphans.filter(isAlive)).toEqual([])
      await rig.until('all are there', () => rig.copies('leaves-orphan').length === 4)
      killMain(rig, rig.pid('d'))
      await rig.until('it is dead', () => rig.copies('leaves-orphan').length === 3)
      const stopped = await rig.daemonctl(['stop', 'd'])
      expect(stopped.status, stopped.stderr).toBe(0)
      await expectNothingLeft(rig)
    },
  )

  scenario(
    `M13 an orphan that escaped is found after kill -9 of the main process as well (by ${how})`,
    options,
    async (rig) => {
      const pid = await start(rig, { command: rig.fixture('escapes-session.pl') })
      await ready(rig)
      killMain(rig, pid)
      await rig.until('it is dead', () => rig.copies('escapes-session').length === 1)
      expect((await rig.status('d')).leftovers).toHaveLength(1)
      expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
      await expectNothingLeft(rig)
    },
  )
}

function killMain(rig: Rig, pid: number): void {
  const main = rig.processes().find((process) => process.pid === pid)
  if (main === undefined || !kill(main, 'SIGKILL')) throw new Error(`${pid} is not there`)
}

scenario('P1 a process that merely runs the same program beside it is not the daemon', async (rig) => {
  const other = await rig.spawn(rig.fixture('obedient.pl'))
  await start(rig, { command: rig.fixture('obedient.pl') })
  expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(lives(other)).toBe(true)
})

scenario('kill-mode = "main" ends the main process, and leaves its work alone', async (rig) => {
  await start(rig, {
    command: rig.fixture('leaves-orphan-workers.pl', 2),
    stop: { schedule: 'KILL/5', 'kill-mode': 'main' },
  })
  await rig.until('all are there', () => rig.copies('leaves-orphan').length === 3)
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.copies('leaves-orphan')).toHaveLength(2)
  expect((await rig.status('d')).exit).toBe(3)
})

scenario('P4 what outlives the schedule is named, and the status is 1', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('ignores-term.pl'), stop: { schedule: 'TERM/0.3' } })
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect(outcome.status).toBe(1)
  expect(outcome.stderr).toContain('outlived the stop schedule')
  expect(outcome.stderr).toContain(`pid ${pid} (perl)`)
  // It still runs, and everything still says so.
  expect(await rig.status('d')).toMatchObject({ exit: 0, pid, wanted: 'down' })
  expect(rig.pid('d')).toBe(pid)
})

scenario('P4 survivors of a restart keep the new one from starting', async (rig) => {
  const pid = await start(rig, { command: rig.fixture('ignores-term.pl'), stop: { schedule: 'TERM/0.3' } })
  expect((await rig.daemonctl(['restart', 'd'])).status).toBe(1)
  expect(rig.copies('ignores-term.pl').map((copy) => copy.pid)).toEqual([pid])
})

scenario('stop.command comes first; what it does not end, the schedule does', async (rig) => {
  const command = ['/bin/sh', '-c', 'echo "$MAINPID $DAEMONCTL_PID" >>"$0"; kill -s USR2 "$MAINPID"', rig.path('ran')]
  const pid = await start(rig, {
    command: ['/usr/bin/perl', '-e', '$SIG{USR2} = sub { syswrite STDOUT, "USR2\\n"; exit 0 }; sleep while 1'],
    stop: { command, timeout: '5s', schedule: 'TERM/5/KILL/5' },
  })
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, rig.log('d')]).toEqual([0, 'USR2\n'])
  expect(rig.read(rig.path('ran'))).toBe(`${pid} ${pid}\n`)
  await expectNothingLeft(rig)
  for (const useless of [['/bin/false'], ['/nowhere/stop'], ['/bin/sleep', '86400'], ['/bin/true']]) {
    await start(rig, { command: rig.fixture('obedient.pl'), stop: { command: useless, timeout: '300ms' } })
    expect((await rig.daemonctl(['stop', 'd'])).status, useless.join(' ')).toBe(0)
    await expectNothingLeft(rig)
  }
})

scenario('hooks run around a stop, and one that fails keeps it from happening', async (rig) => {
  const hook = (word: string): string[] => ['/bin/sh', '-c', `echo ${word} >>"$0"`, rig.path('hooks')]
  await start(rig, {
    command: rig.fixture('obedient.pl'),
    hooks: {
      'pre-start': hook('pre-start'),
      'post-start': hook('post-start'),
      'pre-stop': hook('pre-stop'),
      'post-stop': hook('post-stop'),
    },
  })
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
  expect(rig.read(rig.path('hooks'))).toBe('pre-start\npost-start\npre-stop\npost-stop\n')
  const pid = await start(rig, { command: rig.fixture('obedient.pl'), hooks: { 'pre-stop': ['/bin/false'] } })
  expect((await rig.daemonctl(['stop', 'd'])).status).toBe(1)
  expect(isAlive(pid)).toBe(true)
})

scenario('a slow stop takes as long as it needs and no longer', async (rig) => {
  await start(rig, { command: rig.fixture('slow-stop.pl', 700) })
  await ready(rig)
  const outcome = await rig.daemonctl(['stop', 'd'])
  expect([outcome.status, rig.log('d')]).toEqual([0, 'ready\nTERM\nended\n'])
  expect(outcome.took).toBeGreaterThan(700)
  expect(outcome.took).toBeLessThan(6_000)
})

scenario('the lock file of old init scripts: made after the start, removed after the stop', async (rig) => {
  const lock = rig.path('subsys')
  await start(rig, { command: rig.fixture('obedient.pl'), 'lock-file': lock })
  expect(existsSync(lock)).toBe(true)
  await rig.daemonctl(['stop', 'd'])
  expect(existsSync(lock)).toBe(false)
})

scenario('daemonctl may be called by the daemon itself: it stops all but its own line', async (rig) => {
  // A hook or an updater inside of the daemon restarts it.
  const cli = `"${process.execPath}" "${rig.program()}" restart d >"${rig.path('said')}" 2>&1; echo $? >>"${rig.path('said')}"`
  const pid = await start(rig, {
    command: [
      '/usr/bin/perl',
      '-e',
      '$SIG{USR1} = sub { fork or exec "/bin/sh", "-c", $ARGV[0] }; sleep while 1',
      '--',
      cli,
    ],
    environment: rig.surroundings(),
  })
  expect((await rig.daemonctl(['signal', 'd', 'USR1'])).status).toBe(0)
  await rig.until('it has answered', () => /^\d+\n$/m.test(rig.read(rig.path('said')).split('\n').slice(-2).join('\n')))
  expect(rig.read(rig.path('said'))).toMatch(/ok \(pid \d+ → \d+.*\n0\n$/)
  expect(isAlive(pid)).toBe(false)
})

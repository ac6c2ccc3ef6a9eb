import { describe, expect, test } from 'vitest'
import { begin, run } from '../simulation/given.ts'
import { forking, FORKING, PIDFILE, program } from '../simulation/program.ts'
import { expectNothingLeft, failureOf, runningWorld, worldOf } from './given.ts'

describe('start', () => {
  test('writes the wish, then starts it, and knows it by its record', async () => {
    const { world, app } = worldOf()
    const { outcome, host } = await run(world, app, 'start')
    const [main] = world.mains()
    expect(outcome).toMatchObject({ result: 'done', pid: main?.pid, verb: 'start' })
    expect(world.records.get('app')).toMatchObject({
      phase: 'running',
      executable: '/usr/bin/appd',
      main: { pid: main?.pid },
    })
    expect(world.fileText(PIDFILE)).toBe(`${main?.pid}\n`)
    expect(host.effects.map(({ name }) => name)).toEqual([
      'lock',
      'wish',
      'make directory',
      'spawn',
      'write record',
      'write pidfile',
      'release',
      'write record',
      'write last good',
      'history',
    ])
  })

  test('says what it did in the history, and who', async () => {
    const { world, app } = worldOf()
    await run(world, app, 'start')
    await run(world, app, 'start')
    expect(world.history.get('app')).toMatchObject([
      { verb: 'start', result: 'done', by: { user: 'ann', loginUid: 1000 } },
      { verb: 'start', result: 'nothing', message: expect.stringContaining('already running') as string },
    ])
  })

  test('takes as long as the daemon takes to be quiet, not longer', async () => {
    const { world, app } = worldOf(program({ busy: 250 }))
    const { outcome } = await run(world, app, 'start')
    expect(outcome.took).toBeGreaterThanOrEqual(350)
    expect(outcome.took).toBeLessThan(450)
  })

  test.each([
    ['settling', {}],
    ['awaiting readiness', { start: { ready: { tcp: '127.0.0.1:80' }, timeout: '3s' } }],
  ])('a program that is never executed fails in time, where %s would follow, and leaves nothing', async (_, keys) => {
    const { world, app } = worldOf(program({ neverExecuted: true }), { start: { timeout: '3s' }, ...keys })
    const acted = await run(world, app, 'start')
    expect(failureOf(acted)).toMatchObject({
      stage: 'spawning',
      message: 'its program was not executed within 3 s',
    })
    expect(acted.outcome.took).toBeLessThan(4_000)
    expectNothingLeft(world)
  })

  test('of a daemon that stays busy takes a second', async () => {
    const { world, app } = worldOf(program({ busy: 60_000 }))
    const { outcome } = await run(world, app, 'start')
    expect(outcome.result).toBe('done')
    expect(outcome.took).toBeLessThan(1200)
  })

  test('waits for readiness, and tells so once a second', async () => {
    const { world, app } = worldOf(program({}), { start: { timeout: '10s', ready: { tcp: '127.0.0.1:80' } } })
    const since = world.timeline.now
    world.probe = () => world.timeline.now > since + 2500
    const { outcome, said } = await run(world, app, 'start')
    expect(outcome.result).toBe('done')
    expect(said.waits.map(({ what, since, within }) => [what, Math.round(since / 1000), within])).toEqual([
      ['readiness (tcp 127.0.0.1:80)', 1, 10_000],
      ['readiness (tcp 127.0.0.1:80)', 2, 10_000],
    ])
  })
})

describe('a start that fails leaves nothing, and says at which stage', () => {
  test('the daemon dies at once', async () => {
    const { world, app } = worldOf(program({ livesFor: 15, endsWith: { kind: 'code', code: 3 } }))
    world.timeline.after(20, () => world.writeFile('/var/log/daemonctl/app.log', 'old\nport 80 is taken\n'))
    world.writeFile('/var/log/daemonctl/app.log', 'old\n')
    const failure = failureOf(await run(world, app, 'start'))
    expect(failure).toMatchObject({
      reason: 'failed',
      stage: 'settling',
      message: 'it ended with exit status 3 at once',
    })
    expect(failure.remedy).toBe('its log is /var/log/daemonctl/app.log')
    expectNothingLeft(world)
    expect(world.wishes.get('app')?.want).toBe('up')
  })

  test('it leaves workers when it dies: they are ended as well', async () => {
    const crashing = program({ livesFor: 60, workers: 2, workersAre: 'escaped', workersIgnoreTerm: true })
    const { world, app } = worldOf(crashing)
    failureOf(await run(world, app, 'start'))
    expectNothingLeft(world)
  })

  test('it dies, and a stranger takes its PID at once: no pidfile is left that names the stranger', async () => {
    const { world, app } = worldOf(program({ onTerm: 30 }))
    const begun = begin(world, app, 'start')
    await world.pass(30)
    const pid = world.mains()[0]?.pid
    for (const main of world.mains()) world.kernel.end(main, { kind: 'code', code: 1 })
    // Its zombie is reaped, and the next tick has begun.
    world.timeline.pass(11)
    const stranger = world.stranger({ executable: '/usr/bin/vi' }, pid)
    expect(stranger.pid).toBe(pid)
    await world.until(begun.outcome)
    expectNothingLeft(world)
    expect(world.signalsTo(stranger)).toEqual([])
  })

  test('it is not ready in time', async () => {
    const { world, app } = worldOf(program({ workers: 1 }), { start: { ready: { tcp: '127.0.0.1:80' } } })
    world.probe = () => false
    expect(failureOf(await run(world, app, 'start'))).toMatchObject({
      stage: 'awaiting readiness',
      message: 'it was not ready within 3 s (tcp 127.0.0.1:80)',
    })
    expectNothingLeft(world)
  })

  test('it has more time where it asks for it, and not for ever', async () => {
    const ready = { start: { ready: { tcp: '127.0.0.1:80' } } }
    const { world, app } = worldOf(program({ asksFor: 60_000 }), ready)
    const begun = world.timeline.now
    world.probe = () => world.timeline.now - begun > 30_000
    expect((await run(world, app, 'start')).outcome.result).toBe('done')
    const never = worldOf(program({ asksFor: 60_000 }), ready)
    never.world.probe = () => false
    const since = never.world.timeline.now
    expect(failureOf(await run(never.world, never.app, 'start'))).toMatchObject({
      message: 'it was not ready within 3 s and the time that it asked for (tcp 127.0.0.1:80)',
    })
    expect(never.world.timeline.now - since).toBeGreaterThan(60_000)
    expectNothingLeft(never.world)
  })

  test('it dies before it is ready', async () => {
    const { world, app } = worldOf(program({ livesFor: 500 }), { start: { ready: { tcp: '127.0.0.1:80' } } })
    world.probe = () => false
    expect(failureOf(await run(world, app, 'start'))).toMatchObject({
      stage: 'awaiting readiness',
      message: 'it ended with exit status 1 before it was ready',
    })
    expectNothingLeft(world)
  })

  test.each([
    ['its program is not installed', { command: ['/usr/bin/nothing'] }, 'not-installed', 'executing'],
    ['its directory is missing', { directory: '/nowhere' }, 'not-configured', 'changing directory'],
    ['its user is unknown', { user: 'nobody-at-all' }, 'not-configured', 'setting user'],
    [
      'its environment file is missing',
      { 'environment-file': ['/etc/none'] },
      'not-configured',
      'reading environment files',
    ],
  ])('%s', async (_, keys, reason, stage) => {
    const { world, app } = worldOf(undefined, keys)
    expect(failureOf(await run(world, app, 'start'))).toMatchObject({ reason, stage })
    expectNothingLeft(world)
  })

  test('only root may start it as somebody else', async () => {
    const { world, app } = worldOf(undefined, { user: 'www' })
    expect(failureOf(await run(world, app, 'start', { uid: 1000 }))).toMatchObject({
      reason: 'not-permitted',
      stage: 'setting user',
    })
    expectNothingLeft(world)
  })
})

describe('a forking daemon', () => {
  test('is known by its pidfile, and its launcher is not it', async () => {
    const { world, main } = await runningWorld(forking())
    expect(world.records.get('app')).toMatchObject({ phase: 'running', main: { pid: main.pid } })
    expect(world.allOf()).toEqual([main])
  })

  test.each([
    ['writes its pidfile late', forking({ pidfileAfter: 700, launcherEndsAfter: 0 })],
    ['forks twice', forking({ forks: 'twice' })],
    ['has a launcher that is slow to end', forking({ launcherEndsAfter: 900 })],
  ])('that %s is waited for', async (_, one) => {
    const { world, main } = await runningWorld(one)
    expect(world.records.get('app')).toMatchObject({ main: { pid: main.pid } })
  })

  test('whose launcher ends with 101 while it lives has started, with a warning', async () => {
    const { world, app } = worldOf(forking({ launcherExit: 101 }))
    const { outcome, said } = await run(world, app, 'start')
    expect(outcome.result).toBe('done')
    expect(said.warnings).toEqual([
      'its launcher ended with exit status 101, although the daemon runs (see start.launcher-exit)',
    ])
  })

  test.each([
    [
      'dies although its launcher ends with 0',
      { daemonDiesAfter: 5, pidfileAfter: 3 },
      'awaiting the pidfile',
      /^its launcher ended with exit status 0, but the daemon \(pid \d+\) is dead$/,
    ],
    [
      'dies before it writes a pidfile',
      { daemonDiesAfter: 5, pidfileAfter: undefined },
      'awaiting the pidfile',
      /^its launcher ended with exit status 0, but nothing of it lives/,
    ],
    [
      'dies with its launcher',
      { daemonDiesAfter: 5, pidfileAfter: undefined, launcherExit: 1 },
      'launching',
      /^its launcher ended with exit status 1$/,
    ],
    ['never writes a pidfile', { pidfileAfter: undefined }, 'awaiting the pidfile', /was not written within 3 s$/],
    [
      'never writes one, and its launcher stays',
      { pidfileAfter: undefined, launcherEndsAfter: undefined },
      'launching',
      /^its launcher did not end within 3 s$/,
    ],
  ])('that %s has not started', async (_, how, stage, message) => {
    const { world, app } = worldOf(forking({ ...FORKING, ...how }))
    expect(failureOf(await run(world, app, 'start'))).toMatchObject({
      stage,
      message: expect.stringMatching(message) as string,
    })
    expectNothingLeft(world)
  })

  test('is not whoever the pidfile names while it is awaited', async () => {
    const { world, app } = worldOf(forking({ pidfileAfter: undefined }), { executable: '/usr/bin/appd' })
    const begun = begin(world, app, 'start')
    await world.pass(40)
    const stranger = world.stranger({ executable: '/usr/bin/vi' })
    await world.pass(20)
    world.writeFile(PIDFILE, `${stranger.pid}\n`)
    await world.until(begun.outcome)
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.failure).toBeUndefined()
    expect(world.signalsTo(stranger)).toEqual([])
    expect(world.allOf()).toEqual([])
  })

  test.each([
    ['is given a moment', 400, 'nothing'],
    ['is ended when the moment is over, and started again', 2500, 'done'],
  ])('whose start was killed just before it wrote its pidfile %s', async (_, pidfileAfter, result) => {
    const { world, app } = worldOf(forking({ pidfileAfter, launcherEndsAfter: 5 }))
    // lock, wish, directory, spawn, record, release.
    await world.until(begin(world, app, 'start', { fault: { effect: 6, when: 'after' } }).outcome)
    await world.pass(60)
    const [first] = world.mains()
    const { outcome } = await run(world, app, 'start')
    expect(outcome).toMatchObject({ failure: undefined, result })
    expect(world.mains()).toHaveLength(1)
    if (result === 'nothing') expect(world.mains()).toEqual([first])
  })

  test('whose launcher never ends is ended with its launcher', async () => {
    const { world, app } = worldOf(forking({ launcherEndsAfter: undefined }))
    const { said } = await run(world, app, 'start')
    expect(said.warnings).toEqual(['its launcher has not ended: if it never does, the type is "simple"'])
    expect(world.allOf()).toHaveLength(2)
    await run(world, app, 'stop')
    expectNothingLeft(world)
  })
})

describe('hooks and config tests of a start', () => {
  const hooks = { 'pre-start': ['/bin/pre-start'], 'post-start': ['/bin/post-start'] }
  const broken = { takes: 5, outcome: { exit: { kind: 'code', code: 9 }, output: ['no disk'] } } as const

  test('a config test that fails changes nothing at all', async () => {
    const { world, app } = worldOf(undefined, { 'config-test': ['/bin/test'] })
    world.scripts.set('/bin/test', broken)
    const acted = await run(world, app, 'start')
    expect(failureOf(acted)).toMatchObject({
      reason: 'not-configured',
      stage: 'testing the configuration',
      details: ['no disk'],
    })
    expect(acted.host.effects.map(({ name }) => name)).toEqual(['lock', 'command', 'history'])
    expect(world.wishes.size).toBe(0)
  })

  test('a pre-start hook that fails: nothing is started', async () => {
    const { world, app } = worldOf(undefined, { hooks })
    world.scripts.set('/bin/pre-start', broken)
    const acted = await run(world, app, 'start')
    expect(failureOf(acted)).toMatchObject({
      stage: 'running the pre-start hook',
      message: 'the pre-start hook ended with exit status 9',
    })
    expect(acted.host.effects.map(({ name }) => name)).not.toContain('spawn')
    expectNothingLeft(world)
  })

  test('a post-start hook that fails: what was started is ended', async () => {
    const { world, app } = worldOf(program({ workers: 2 }), { hooks })
    world.scripts.set('/bin/post-start', broken)
    expect(failureOf(await run(world, app, 'start'))).toMatchObject({ stage: 'running the post-start hook' })
    expectNothingLeft(world)
  })

  test('a hook that takes too long is ended', async () => {
    const { world, app } = worldOf(undefined, { hooks: { ...hooks, timeout: '2s' } })
    world.scripts.set('/bin/pre-start', { takes: 60_000, outcome: {} })
    const { outcome } = await run(world, app, 'start')
    expect(outcome.failure?.message).toBe('the pre-start hook took longer than 2 s and was ended')
    expect(outcome.took).toBeLessThan(2100)
  })
})

describe('what an earlier daemon left', () => {
  test('orphans of a main process that was killed are ended before the next is started', async () => {
    const { world, app, main } = await runningWorld(program({ workers: 3, workersIgnoreTerm: true }))
    const orphans = world.allOf().filter(({ role }) => role === 'worker')
    world.kernel.end(main, { kind: 'signal', signal: 'KILL' })
    await world.pass(50)
    world.kernel.onMain = () => expect(orphans.every(({ state }) => state === 'Z')).toBe(true)
    const { outcome } = await run(world, app, 'start')
    expect(outcome.result).toBe('done')
    expect(world.mains()).toHaveLength(1)
  })

  test('a pidfile of another boot, with a record of that boot, is no obstacle', async () => {
    const { world, app } = await runningWorld()
    const record = world.records.get('app')
    world.reboot()
    if (record !== undefined) world.records.set('app', record)
    world.writeFile(PIDFILE, '300\n')
    await world.pass(1000)
    const stranger = world.stranger({ executable: '/usr/bin/vi' }, 300)
    const { outcome } = await run(world, app, 'start')
    expect(outcome).toMatchObject({ result: 'done', before: { kind: 'foreign' } })
    expect(world.signalsTo(stranger)).toEqual([])
  })
})

describe('rollback', () => {
  const good = program({ path: '/opt/v1/appd' })
  const bad = program({ path: '/opt/v2/appd', livesFor: 15 })
  async function given() {
    const { world, app } = worldOf(good, { command: ['/opt/v1/appd'] })
    world.install(bad)
    await run(world, app, 'start')
    return { world, changed: worldOf(bad, { command: ['/opt/v2/appd'] }).app }
  }

  test('starts what ran before, and still says that the restart failed', async () => {
    const { world, changed } = await given()
    const { outcome } = await run(world, changed, 'restart', { rollback: true })
    expect(outcome).toMatchObject({ result: 'failed', rolledBack: true, failure: { stage: 'settling' } })
    expect(world.mains().map(({ executable }) => executable)).toEqual(['/opt/v1/appd'])
    expect(outcome.pid).toBe(world.mains()[0]?.pid)
    expect(world.history.get('app')?.at(-1)?.message).toContain('rolled back')
  })

  test('is not done unasked', async () => {
    const { world, changed } = await given()
    const { outcome } = await run(world, changed, 'restart')
    expect(outcome).toMatchObject({ result: 'failed', rolledBack: false })
    expectNothingLeft(world)
  })

  test('has nothing to go back to when the definition is the one that ran', async () => {
    const { world } = await given()
    const same = worldOf(good, { command: ['/opt/v1/appd'] }).app
    world.install({ ...good, livesFor: 15 })
    const { outcome, said } = await run(world, same, 'restart', { rollback: true })
    expect(outcome.rolledBack).toBe(false)
    expect(said.warnings).toEqual(['there is no rollback: the definition has not changed since the last good start'])
  })
})

describe('start after a start that was killed', () => {
  test.each(['all', 'main'] as const)('never beside what cannot be ended (kill-mode %s)', async (mode) => {
    const hangs = forking({ pidfileAfter: undefined, launcherEndsAfter: 0 }, { onTerm: undefined, hangs: 20_000 })
    const { world, app } = worldOf(hangs, { stop: { schedule: 'TERM/1/KILL/1', 'kill-mode': mode } })
    const killed = begin(world, app, 'start')
    await world.pass(60)
    killed.host.kill()
    const [left] = world.mains()
    expect(left).toBeDefined()
    const acted = await run(world, app, 'start')
    expect(failureOf(acted)).toMatchObject({ reason: 'survivors' })
    expect(world.mains()).toEqual([left])
    // When it has ended after all, nothing is in the way.
    await world.pass(20_000)
    world.install(forking())
    expect((await run(world, app, 'start')).outcome.result).toBe('done')
    expect(world.mains()).toHaveLength(1)
    expect(world.mains()).not.toContain(left)
  })
})

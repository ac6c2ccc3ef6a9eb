import { describe, expect, test } from 'vitest'
import { begin, run } from '../simulation/given.ts'
import { PIDFILE, program, type Program } from '../simulation/program.ts'
import { expectNothingLeft, failureOf, runningWorld } from './given.ts'

const fails = { takes: 5, outcome: { exit: { kind: 'code', code: 9 } } } as const

describe('stop', () => {
  test('writes the wish before it signals, then removes what speaks of it', async () => {
    const { world, app, main } = await runningWorld()
    const { outcome, host } = await run(world, app, 'stop')
    expect(outcome).toMatchObject({ result: 'done', pid: main.pid, lastSignal: 'TERM' })
    const names = host.effects.map(({ name }) => name)
    expect(names.indexOf('wish')).toBeLessThan(names.indexOf('signal'))
    expect(names.lastIndexOf('signal')).toBeLessThan(names.indexOf('remove pidfile'))
    expect(names.indexOf('remove pidfile')).toBeLessThan(names.indexOf('remove record'))
    expectNothingLeft(world)
  })

  test('returns as soon as the daemon has ended, although its zombie is still there', async () => {
    const { world, app, main } = await runningWorld()
    const { outcome } = await run(world, app, 'stop')
    expect(world.kernel.table.get(main.pid)?.state).toBe('Z')
    expect(outcome.took).toBeLessThan(60)
  })

  test('lets the main process end its workers in its own order', async () => {
    const { world, app } = await runningWorld(program({ workers: 3 }))
    const workers = world.allOf().filter(({ role }) => role === 'worker')
    await run(world, app, 'stop')
    expect(workers.map((worker) => world.signalsTo(worker))).toEqual([[], [], []])
    expectNothingLeft(world)
  })

  test.each<[string, Partial<Program>]>([
    ['its children', {}],
    ['in sessions of their own', { workersAre: 'escaped' }],
    ['deaf to TERM', { workersIgnoreTerm: true }],
    ['in sessions of their own, and deaf', { workersAre: 'escaped', workersIgnoreTerm: true }],
  ])('ends workers that outlive the main process: %s', async (_, how) => {
    const { world, app } = await runningWorld(program({ workers: 3, endsWorkers: false, ...how }))
    expect(world.allOf()).toHaveLength(4)
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expectNothingLeft(world)
  })

  test('kills what does not end, and says that it had to', async () => {
    const { world, app, main } = await runningWorld(program({ onTerm: undefined }), {
      stop: { schedule: 'TERM/1.5/KILL/1' },
    })
    const { outcome, said } = await run(world, app, 'stop')
    expect(outcome).toMatchObject({ result: 'done', lastSignal: 'KILL' })
    expect(world.signalsTo(main)).toEqual(['TERM', 'KILL'])
    expect(said.waits.map(({ what }) => what)).toEqual([`the end of pid ${main.pid} (TERM)`])
    expect(world.history.get('app')?.at(-1)).toMatchObject({ exit: { kind: 'signal', signal: 'KILL' } })
  })

  describe('of a daemon that asks for more time', () => {
    const asks = (...times: readonly number[]) =>
      times.map((after) => ({ after, text: 'STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000' }))
    const NOTIFY = { type: 'notify', stop: { schedule: 'TERM/10/KILL/5' } }

    test.each([
      ['once', asks(10), 12_000],
      ['again and again', asks(10, 12_000, 24_000), 35_000],
    ])('has patience: %s', async (_, saysAtEnd, onTerm) => {
      const { world, app } = await runningWorld(program({ saysAtEnd, onTerm }), NOTIFY)
      const { outcome } = await run(world, app, 'stop')
      expect(outcome).toMatchObject({ result: 'done', lastSignal: 'TERM' })
      expect(outcome.took).toBeGreaterThan(onTerm)
      expect(world.ears.size).toBe(0)
      expectNothingLeft(world)
    })

    test('kills it when that is over as well', async () => {
      const { world, app } = await runningWorld(program({ saysAtEnd: asks(10), onTerm: 60_000 }), NOTIFY)
      const { outcome } = await run(world, app, 'stop')
      expect(outcome).toMatchObject({ result: 'done', lastSignal: 'KILL' })
      expect(outcome.took).toBeGreaterThan(15_000)
      expect(outcome.took).toBeLessThan(16_000)
    })

    test('not where another process listens to it', async () => {
      const { world, app } = await runningWorld(program({ saysAtEnd: asks(10), onTerm: 12_000 }), NOTIFY)
      world.ears.set(app.key, () => {})
      const { outcome } = await run(world, app, 'stop')
      expect(outcome.lastSignal).toBe('KILL')
      expect(outcome.took).toBeLessThan(11_000)
    })

    test('and is heard anew after a restart', async () => {
      const { world, app } = await runningWorld(program({ saysAtEnd: asks(10), onTerm: 12_000 }), NOTIFY)
      expect((await run(world, app, 'restart')).outcome).toMatchObject({ result: 'done', lastSignal: 'TERM' })
      expect((await run(world, app, 'stop')).outcome).toMatchObject({ result: 'done', lastSignal: 'TERM' })
    })
  })

  test('continues a suspended daemon, so that it can hear', async () => {
    const { world, app, main } = await runningWorld()
    main.state = 'T'
    const { outcome } = await run(world, app, 'stop')
    expect(world.signalsTo(main)).toEqual(['TERM', 'CONT'])
    expect(outcome.lastSignal).toBe('TERM')
    expectNothingLeft(world)
  })

  test('names the survivors and fails, and takes nothing away that speaks of them', async () => {
    const { world, app, main } = await runningWorld(program({ onTerm: undefined, hangs: 60_000 }))
    const failure = failureOf(await run(world, app, 'stop'))
    expect(failure).toMatchObject({
      reason: 'survivors',
      message: '1 of its processes outlived the stop schedule',
      details: [`pid ${main.pid} (appd) hangs in the kernel (state D)`],
    })
    expect(world.fileText(PIDFILE)).toBe(`${main.pid}\n`)
    expect(world.records.has('app')).toBe(true)
  })

  test('ends what is waited for "forever" in the end', async () => {
    const { world, app } = await runningWorld(program({ onTerm: undefined, hangs: 9000 }), {
      stop: { schedule: 'TERM/1/forever/TERM/1/KILL/1' },
    })
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expect(outcome.took).toBeGreaterThan(9000)
    expectNothingLeft(world)
  })

  test('with kill-mode "main" leaves the workers alone', async () => {
    const { world, app } = await runningWorld(program({ workers: 2, endsWorkers: false }), {
      stop: { 'kill-mode': 'main' },
    })
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expect(world.allOf().map(({ role }) => role)).toEqual(['worker', 'worker'])
    expect(world.files.has(PIDFILE)).toBe(false)
  })

  test('of somebody else’s daemon is not permitted', async () => {
    const { world, app, main } = await runningWorld()
    expect(failureOf(await run(world, app, 'stop', { uid: 1000 }))).toMatchObject({ reason: 'not-permitted' })
    expect(main.state).toBe('S')
  })

  test('spares daemonctl itself and the shell that it came from', async () => {
    // sshd is stopped from a session of sshd.
    const { world, app, main } = await runningWorld()
    const shell = world.kernel.fork(main, { role: 'other', executable: '/bin/bash' })
    world.kernel.setsid(shell)
    const { host } = await run(world, app, 'stop', { parent: shell })
    expect(world.signalsTo(shell)).toEqual([])
    expect(world.signalsTo(host.self)).toEqual([])
    expect(main.state).toBe('Z')
  })

  test('of a daemon that ended just now is still a success', async () => {
    const { world, app, main } = await runningWorld()
    const begun = begin(world, app, 'stop')
    world.kernel.end(main, { kind: 'code', code: 0 })
    expect(await world.until(begun.outcome)).toMatchObject({ failure: undefined })
    expectNothingLeft(world)
  })

  test('does not remove a pidfile under which somebody started something meanwhile', async () => {
    const { world, app } = await runningWorld(program({ onTerm: 400 }))
    const begun = begin(world, app, 'stop')
    await world.pass(100)
    const other = world.stranger()
    await world.pass(20)
    world.writeFile(PIDFILE, `${other.pid}\n`)
    await world.until(begun.outcome)
    expect(world.fileText(PIDFILE)).toBe(`${other.pid}\n`)
    expect(begun.said.warnings).toEqual([
      `${PIDFILE} now names pid ${other.pid}, which was started meanwhile: it is left alone`,
    ])
    expect(world.signalsTo(other)).toEqual([])
  })
})

describe('its own stop command', () => {
  const keys = { stop: { command: ['/bin/stop'] } }

  test('that ends it needs no signal', async () => {
    const { world, app, main } = await runningWorld(undefined, keys)
    world.scripts.set('/bin/stop', {
      takes: 5,
      outcome: {},
      does: ({ environment }) => {
        expect(environment['MAINPID']).toBe(String(main.pid))
        world.timeline.after(50, () => world.kernel.end(main, { kind: 'code', code: 0 }))
      },
    })
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expect(world.signalsTo(main)).toEqual([])
    expectNothingLeft(world)
  })

  test('that fails is followed by the schedule', async () => {
    const { world, app, main } = await runningWorld(undefined, keys)
    world.scripts.set('/bin/stop', fails)
    const { outcome, said } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expect(said.warnings).toEqual(['the stop command ended with exit status 9: the stop schedule follows'])
    expect(world.signalsTo(main)).toEqual(['TERM'])
  })

  test('that does nothing is followed by the schedule when its time is over', async () => {
    const { world, app, main } = await runningWorld(undefined, keys)
    const { outcome } = await run(world, app, 'stop')
    expect(outcome.result).toBe('done')
    expect(outcome.took).toBeGreaterThanOrEqual(2000)
    expect(outcome.took).toBeLessThan(2200)
    expect(world.signalsTo(main)).toEqual(['TERM'])
  })
})

describe('hooks of a stop', () => {
  const keys = { hooks: { 'pre-stop': ['/bin/pre-stop'], 'post-stop': ['/bin/post-stop'] } }

  test('a pre-stop hook that fails: it runs on', async () => {
    const { world, app, main } = await runningWorld(undefined, keys)
    world.scripts.set('/bin/pre-stop', fails)
    expect(failureOf(await run(world, app, 'stop'))).toMatchObject({ stage: 'running the pre-stop hook' })
    expect(main.state).toBe('S')
    expect((await run(world, app, 'start')).outcome).toMatchObject({
      result: 'nothing',
      why: `it is already running (pid ${main.pid})`,
    })
  })

  test('a post-stop hook that fails: it is stopped, and that is said', async () => {
    const { world, app } = await runningWorld(undefined, keys)
    world.scripts.set('/bin/post-stop', fails)
    expect(failureOf(await run(world, app, 'stop'))).toMatchObject({ stage: 'running the post-stop hook' })
    expectNothingLeft(world)
  })
})

describe('one verb at a time', () => {
  test('who waits too long is told who holds the lock', async () => {
    const { world, app } = await runningWorld(program({ onTerm: undefined }), { stop: { schedule: 'TERM/20/KILL/5' } })
    const stopping = begin(world, app, 'stop')
    await world.pass(50)
    const { outcome, said } = await run(world, app, 'start', { lockWithin: 3000 })
    const holder = `daemonctl stop app (pid ${stopping.host.self.pid})`
    expect(outcome).toMatchObject({
      result: 'failed',
      failure: { reason: 'busy', message: `it is being handled by ${holder} for more than 3 s` },
    })
    expect(said.waits.map(({ what }) => what)).toEqual([`the lock held by ${holder}`, `the lock held by ${holder}`])
    expect(await world.until(stopping.outcome)).toMatchObject({ result: 'done' })
  })

  test('who is killed holds no lock, but what it has just launched does until it is the daemon', async () => {
    const { world, app } = await runningWorld()
    await run(world, app, 'stop')
    await world.pass(400)
    // lock, wish, directory, spawn, record, pidfile, release.
    const struck = begin(world, app, 'start', { fault: { effect: 7, when: 'after' } })
    expect(await world.until(struck.outcome)).toBe('killed')
    expect([...world.lock('app').holders].length).toBe(1)
    const { outcome } = await run(world, app, 'start')
    expect(outcome.result).toBe('nothing')
    expect(world.mains()).toHaveLength(1)
  })
})

/** A shell got the PID, and so the session number, of the dead main process; it ran the same program, and is gone. */
async function twinInItsSession(token: string | undefined) {
  const { world, app, main } = await runningWorld()
  world.kernel.end(main, { kind: 'signal', signal: 'KILL' })
  await world.pass(400)
  const shell = world.stranger({ executable: '/bin/bash' }, main.pid)
  const twin = world.kernel.fork(shell, { executable: '/usr/bin/appd', token })
  world.kernel.end(shell, { kind: 'code', code: 0 })
  await world.pass(400)
  await run(world, app, 'stop')
  return world.signalsTo(twin)
}

test('a twin in a session of the same number, from another start, is not signalled', async () => {
  expect(await twinInItsSession('another start')).toEqual([])
})

test('nor is one that was run by hand and bears no token', async () => {
  expect(await twinInItsSession(undefined)).toEqual([])
})

test('a daemon that another has started is another daemon, and so is what it made', async () => {
  const { world, app, main } = await runningWorld(program({ workers: 1 }))
  const other = world.kernel.fork(main, { executable: '/usr/bin/otherd', token: 'another start' })
  const worker = world.kernel.fork(other, { executable: '/usr/bin/otherd', token: undefined })
  const { outcome } = await run(world, app, 'stop')
  expect(outcome.failure).toBeUndefined()
  expect(world.signalsTo(other)).toEqual([])
  expect(world.signalsTo(worker)).toEqual([])
  expect([other.state, worker.state]).toEqual(['S', 'S'])
})

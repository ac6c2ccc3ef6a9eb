import { describe, expect, test } from 'vitest'
import type { RawTable } from '../../src/definition/toml.ts'
import { preview } from '../../src/operations/act.ts'
import { observe } from '../../src/operations/observe.ts'
import { FakeHost } from '../simulation/fake-host.ts'
import { run } from '../simulation/given.ts'
import { forking, PIDFILE, program } from '../simulation/program.ts'
import { failureOf, runningWorld, worldOf } from './given.ts'

const fails = { takes: 5, outcome: { exit: { kind: 'code', code: 9 } } } as const

describe('reload', () => {
  test('sends the signal, and the daemon stays who it is', async () => {
    const { world, app, main } = await runningWorld()
    const { outcome } = await run(world, app, 'reload')
    expect(outcome).toMatchObject({ result: 'done', pid: main.pid })
    expect(world.signalsTo(main)).toEqual(['HUP'])
  })

  test.each([
    ['a simple daemon', program({ onHup: 'changes-main-pid', workers: 1 })],
    ['a forking daemon', forking({}, { onHup: 'changes-main-pid' })],
    ['one that forked twice', forking({ forks: 'twice' }, { onHup: 'changes-main-pid' })],
  ])('follows %s to its new main PID', async (_, one) => {
    const { world, app, main } = await runningWorld(one)
    const { outcome } = await run(world, app, 'reload')
    const [successor] = world.mains()
    expect(successor?.pid).not.toBe(main.pid)
    expect(outcome).toMatchObject({ result: 'done', pid: successor?.pid })
    expect(world.records.get('app')).toMatchObject({ main: { pid: successor?.pid } })
    await run(world, app, 'stop')
    expect(world.allOf()).toEqual([])
  })

  test('does not follow a pidfile to a stranger', async () => {
    const { world, app, main } = await runningWorld()
    const stranger = world.stranger()
    await world.pass(20)
    world.timeline.after(10, () => world.writeFile(PIDFILE, `${stranger.pid}\n`))
    const { outcome } = await run(world, app, 'reload')
    expect(outcome.pid).toBe(main.pid)
    expect(world.records.get('app')).toMatchObject({ main: { pid: main.pid } })
  })

  test.each([
    ['would die of', 'dies', /would die of it$/],
    ['ignores', 'ignores', /ignores HUP: nothing would be reloaded$/],
  ] as const)('refuses a signal that the daemon %s', async (_, onHup, message) => {
    const { world, app, main } = await runningWorld(program({ onHup }))
    expect(failureOf(await run(world, app, 'reload'))).toMatchObject({
      reason: 'unsupported',
      message: expect.stringMatching(message) as string,
    })
    expect(world.signalsTo(main)).toEqual([])
  })

  test('says when the daemon ended on it', async () => {
    const { world, app, main } = await runningWorld(undefined, { reload: { command: ['/bin/reload'], timeout: '2s' } })
    world.scripts.set('/bin/reload', {
      takes: 5,
      outcome: {},
      does: () => world.kernel.end(main, { kind: 'code', code: 1 }),
    })
    const { outcome } = await run(world, app, 'reload')
    expect(outcome.failure).toMatchObject({ stage: 'reloading', message: 'it ended on the reload' })
    expect(outcome.took).toBeLessThan(2300)
  })

  test.each<[string, RawTable, string, string]>([
    ['the config test', { 'config-test': ['/bin/x'] }, 'testing the configuration', 'not-configured'],
    ['the pre-reload hook', { hooks: { 'pre-reload': ['/bin/x'] } }, 'running the pre-reload hook', 'failed'],
    ['the reload command', { reload: { command: ['/bin/x'] } }, 'reloading', 'failed'],
  ])('fails with %s, and the daemon hears nothing', async (_, keys, stage, reason) => {
    const { world, app, main } = await runningWorld(undefined, keys)
    world.scripts.set('/bin/x', fails)
    expect(failureOf(await run(world, app, 'reload'))).toMatchObject({ stage, reason })
    expect(world.signalsTo(main)).toEqual([])
    expect(main.state).toBe('S')
  })

  test('of a stopped daemon fails as LSB says; a signal as well', async () => {
    const { world, app } = worldOf()
    expect(failureOf(await run(world, app, 'reload')).reason).toBe('not-running')
    expect(failureOf(await run(world, app, { verb: 'signal', signal: 'USR1' })).reason).toBe('not-running')
  })

  test('of a daemon that somebody else started puts its identity on record', async () => {
    const { world, app } = worldOf(forking())
    await run(world, app, 'start')
    world.records.clear()
    await run(world, app, 'reload')
    expect(world.records.get('app')).toMatchObject({ phase: 'running', main: { pid: world.mains()[0]?.pid } })
  })
})

describe('reload of a daemon that tells of it', () => {
  const says = (...said: readonly (readonly [number, string])[]) =>
    program({ says: said.map(([after, text]) => ({ after, text })) })
  const NOTIFY: RawTable = { type: 'notify', reload: { timeout: '5s' } }
  const MUST: RawTable = { type: 'notify', reload: { timeout: '5s', wait: true } }

  test.each([
    ['waits until it has', says([10, 'RELOADING=1'], [900, 'READY=1']), NOTIFY, 900],
    ['waits for one that says nothing else', says([900, 'READY=1']), MUST, 900],
    ['waits for one that says so late', says([700, 'RELOADING=1'], [900, 'READY=1']), MUST, 900],
    ['has patience', says([10, 'RELOADING=1\nEXTEND_TIMEOUT_USEC=9000000'], [7000, 'READY=1']), NOTIFY, 7000],
  ])('%s', async (_, one, keys, after) => {
    const { world, app, main } = await runningWorld(one, keys)
    const { outcome } = await run(world, app, 'reload')
    expect(outcome).toMatchObject({ result: 'done', pid: main.pid })
    expect(outcome.took).toBeGreaterThan(after - 50)
    expect(outcome.took).toBeLessThan(after + 150)
    expect(world.ears.size).toBe(0)
  })

  test.each([
    ['says nothing', says()],
    ['says READY=1 and no more', says([10, 'READY=1'])],
    ['speaks of an earlier reload', says([10, 'RELOADING=1\nMONOTONIC_USEC=1000'])],
  ])('does not wait for one that %s', async (_, one) => {
    const { world, app } = await runningWorld(one, NOTIFY)
    const { outcome } = await run(world, app, 'reload')
    expect(outcome.result).toBe('done')
    expect(outcome.took).toBeLessThan(300)
    expect(world.ears.size).toBe(0)
  })

  test.each([
    ['never gets ready', says([10, 'RELOADING=1']), NOTIFY, 'it has said RELOADING=1, but not READY=1 within 5 s'],
    ['must say so and does not', says(), MUST, 'it has said neither RELOADING=1 nor READY=1 within 5 s'],
  ])('fails with one that %s, and leaves it running', async (_, one, keys, message) => {
    const { world, app, main } = await runningWorld(one, keys)
    expect(failureOf(await run(world, app, 'reload'))).toMatchObject({ stage: 'reloading', message })
    expect(world.mains()).toEqual([main])
    expect(world.ears.size).toBe(0)
  })

  test('fails when it ends meanwhile', async () => {
    const { world, app, main } = await runningWorld(says([10, 'RELOADING=1']), NOTIFY)
    world.timeline.after(600, () => world.kernel.end(main, { kind: 'code', code: 1 }))
    const acted = await run(world, app, 'reload')
    expect(failureOf(acted).message).toBe('it ended on the reload')
    expect(acted.outcome.took).toBeLessThan(1_000)
  })

  test('does not take the place of somebody who listens already', async () => {
    const { world, app } = await runningWorld(says([10, 'RELOADING=1'], [900, 'READY=1']), MUST)
    const heard: unknown[] = []
    world.ears.set(app.key, (said) => heard.push(said))
    const { outcome } = await run(world, app, 'reload')
    expect(outcome.result).toBe('done')
    await world.pass(1_000)
    expect(heard).toHaveLength(2)
  })
})

describe('restart', () => {
  test('tests the configuration before anything is touched', async () => {
    const { world, app, main } = await runningWorld(undefined, { 'config-test': ['/bin/test'] })
    world.scripts.set('/bin/test', fails)
    const acted = await run(world, app, 'restart')
    expect(failureOf(acted)).toMatchObject({
      reason: 'not-configured',
      remedy: 'mend the configuration; nothing was changed',
    })
    expect(world.mains()).toEqual([main])
    expect(world.signalsTo(main)).toEqual([])
    expect(acted.host.effects.map(({ name }) => name)).toEqual(['lock', 'command', 'history'])
  })

  test('starts nothing while something of the old one lives', async () => {
    const { world, app, main } = await runningWorld(program({ onTerm: undefined, hangs: 60_000 }))
    expect(failureOf(await run(world, app, 'restart')).reason).toBe('survivors')
    expect(world.mains()).toEqual([main])
  })
})

describe('a preview', () => {
  test.each(['start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload'] as const)(
    'of %s has no effect, whatever the condition',
    async (verb) => {
      const everything = {
        'config-test': ['/bin/t'],
        'lock-file': '/run/lock/app',
        hooks: { 'pre-start': ['/bin/h'], 'pre-stop': ['/bin/h'], 'pre-reload': ['/bin/h'] },
        stop: { command: ['/bin/s'] },
      }
      const worlds = [worldOf(undefined, everything), await runningWorld(program({ workers: 1 }), everything)]
      const orphaned = await runningWorld(program({ workers: 1 }), everything)
      orphaned.world.kernel.end(orphaned.main, { kind: 'signal', signal: 'KILL' })
      const garbage = worldOf(undefined, everything)
      garbage.world.writeFile(PIDFILE, 'none')
      for (const { world, app } of [...worlds, orphaned, garbage]) {
        const before = JSON.stringify([[...world.files], [...world.records], [...world.wishes], [...world.history]])
        const signals = world.kernel.deliveries.length
        const host = new FakeHost(world)
        await world.until(preview(host, app, { verb }))
        expect(host.effects).toEqual([])
        expect(JSON.stringify([[...world.files], [...world.records], [...world.wishes], [...world.history]])).toBe(
          before,
        )
        expect(world.kernel.deliveries.length).toBe(signals)
      }
    },
  )
})

test('an observation tells of orphans only what is proven', async () => {
  const { world, app, main } = await runningWorld(program({ workers: 2 }))
  const workers = world.allOf().filter(({ role }) => role === 'worker')
  world.kernel.end(main, { kind: 'signal', signal: 'KILL' })
  const host = new FakeHost(world)
  const { condition } = await world.until(observe(host, app))
  if (condition.kind !== 'stale') throw new Error(condition.kind)
  expect(condition.leftovers.processes.map(({ pid }) => pid)).toEqual(workers.map(({ pid }) => pid))
})

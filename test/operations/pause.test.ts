import { describe, expect, test } from 'vitest'
import type { Subject } from '../../src/operations/run.ts'
import { previewPause, setPaused, type PauseOutcome } from '../../src/operations/pause.ts'
import { FakeHost, type FakeHostOptions } from '../simulation/fake-host.ts'
import { begin, run, said } from '../simulation/given.ts'
import { program } from '../simulation/program.ts'
import type { World } from '../simulation/world.ts'
import { runningWorld, worldOf } from './given.ts'

async function pausing(
  world: World,
  app: Subject,
  verb: PauseOutcome['verb'],
  { lockWithin = 60_000, ...options }: FakeHostOptions & { readonly lockWithin?: number } = {},
) {
  const host = new FakeHost(world, options)
  const progress = said()
  const outcome = await world.until(setPaused(host, app, verb, progress, lockWithin).finally(() => host.exit()))
  return { outcome, said: progress }
}

describe('pause and resume', () => {
  test('are part of the wish, and leave the rest of it and the daemon alone', async () => {
    const { world, app, main } = await runningWorld()
    expect((await pausing(world, app, 'pause')).outcome).toMatchObject({ verb: 'pause', result: 'done' })
    expect(world.wishes.get('app')).toMatchObject({ want: 'up', paused: true })
    expect((await pausing(world, app, 'resume')).outcome).toMatchObject({ verb: 'resume', result: 'done' })
    expect(world.wishes.get('app')).toMatchObject({ want: 'up', paused: false })
    expect(world.signalsTo(main)).toEqual([])
  })

  test('outlive stops and starts', async () => {
    const { world, app } = await runningWorld()
    await pausing(world, app, 'pause')
    await run(world, app, 'stop')
    expect(world.wishes.get('app')).toMatchObject({ want: 'down', paused: true })
    await run(world, app, 'start')
    expect(world.wishes.get('app')).toMatchObject({ want: 'up', paused: true })
  })

  test('wish a daemon that nobody has started or stopped to be as it is', async () => {
    const { world, app } = worldOf(program({}))
    await pausing(world, app, 'pause')
    expect(world.wishes.get('app')).toMatchObject({ want: 'down', paused: true })
    const running = await runningWorld()
    running.world.wishes.clear()
    await pausing(running.world, running.app, 'pause')
    expect(running.world.wishes.get('app')).toMatchObject({ want: 'up', paused: true })
  })

  test('change nothing that is so already', async () => {
    const { world, app } = await runningWorld()
    const before = world.wishes.get('app')
    expect((await pausing(world, app, 'resume')).outcome).toMatchObject({ result: 'nothing' })
    expect(world.wishes.get('app')).toBe(before)
    await pausing(world, app, 'pause')
    expect((await pausing(world, app, 'pause')).outcome).toMatchObject({ result: 'nothing' })
  })

  test('are foretold as they are done, and nothing is done', async () => {
    const { world, app } = await runningWorld()
    const before = world.wishes.get('app')
    for (const verb of ['pause', 'resume'] as const) {
      const host = new FakeHost(world)
      const { plan } = await world.until(previewPause(host, app, verb).finally(() => host.exit()))
      expect(host.effects).toEqual([])
      expect(plan.kind).toBe(verb === 'pause' ? 'steps' : 'nothing')
      if (plan.kind === 'steps') expect(plan.steps).toEqual([{ do: 'wish', want: 'up', paused: true }])
    }
    expect(world.wishes.get('app')).toBe(before)
  })

  test('wait for another verb, and fail if that takes too long', async () => {
    const { world, app } = await runningWorld(program({ onTerm: 500 }))
    const stopping = begin(world, app, 'stop')
    expect((await pausing(world, app, 'pause', { lockWithin: 100 })).outcome).toMatchObject({
      result: 'failed',
      failure: { reason: 'busy', stage: 'taking the lock' },
    })
    expect((await pausing(world, app, 'pause')).outcome).toMatchObject({ result: 'done' })
    await world.until(stopping.outcome)
    expect(world.wishes.get('app')).toMatchObject({ want: 'down', paused: true })
  })
})

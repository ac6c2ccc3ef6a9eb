import { describe, expect, test } from 'vitest'
import type { RawTable } from '../../src/definition/toml.ts'
import type { Result } from '../../src/base/result.ts'
import type { Failure } from '../../src/base/failure.ts'
import { runAction } from '../../src/operations/run-action.ts'
import { FakeHost } from '../simulation/fake-host.ts'
import { program } from '../simulation/program.ts'
import type { World } from '../simulation/world.ts'
import type { Subject } from '../../src/operations/run.ts'
import { runningWorld, worldOf } from './given.ts'

const keys: RawTable = {
  actions: {
    keys: { command: ['/bin/keys', 'rotate'], timeout: '2s' },
    dump: { signal: 'USR1' },
  },
}

async function done(
  world: World,
  app: Subject,
  name: string,
  args: readonly string[] = [],
): Promise<Result<readonly string[], Failure>> {
  const host = new FakeHost(world)
  const silent = { waiting: () => {}, warn: () => {} }
  return world.until(runAction(host, app, { name, args }, silent, 1_000))
}

describe('an action by command', () => {
  test('gives what it wrote, and history knows of it', async () => {
    const { world, app } = await runningWorld(program({}), keys)
    world.scripts.set('/bin/keys', { takes: 5, outcome: { output: ['rotated'] } })
    expect(await done(world, app, 'keys', ['now'])).toEqual({ ok: true, value: ['rotated'] })
    expect(world.history.get('app')?.at(-1)).toMatchObject({ verb: 'keys', result: 'done' })
  })

  test('that fails says how', async () => {
    const { world, app } = await runningWorld(program({}), keys)
    world.scripts.set('/bin/keys', { takes: 5, outcome: { exit: { kind: 'code', code: 9 }, output: ['no keys'] } })
    expect(await done(world, app, 'keys')).toMatchObject({
      ok: false,
      error: { message: 'the action keys ended with exit status 9', details: ['no keys'] },
    })
    expect(world.history.get('app')?.at(-1)).toMatchObject({ verb: 'keys', result: 'failed' })
  })
})

describe('an action by signal', () => {
  test('reaches the main process and nothing else', async () => {
    const { world, app, main } = await runningWorld(program({ workers: 2 }), keys)
    expect(await done(world, app, 'dump')).toEqual({ ok: true, value: [] })
    expect(world.kernel.deliveries.map(({ process }) => process)).toEqual([main])
  })

  test('is refused where nothing runs', async () => {
    const { world, app } = worldOf(program({}), keys)
    expect(await done(world, app, 'dump')).toMatchObject({ ok: false, error: { reason: 'not-running' } })
  })

  test('takes no arguments', async () => {
    const { world, app } = await runningWorld(program({}), keys)
    expect(await done(world, app, 'dump', ['x'])).toMatchObject({ ok: false, error: { reason: 'usage' } })
    expect(world.kernel.deliveries).toEqual([])
  })
})

test('an action that there is not is told with what there is', async () => {
  const { world, app } = await runningWorld(program({}), keys)
  expect(await done(world, app, 'kees')).toMatchObject({ ok: false, error: { remedy: 'did you mean keys?' } })
  expect(await done(world, app, 'unlike')).toMatchObject({ ok: false, error: { remedy: 'there are: keys, dump' } })
  expect(await done(world, app, 'constructor')).toMatchObject({ ok: false, error: { reason: 'usage' } })
})

import { expect, test } from 'vitest'
import type { Identity } from '../../src/decide/identity.ts'
import type { Sample } from '../../src/decide/monitor/sample.ts'
import { NO_TALLY } from '../../src/decide/watch/tally.ts'
import type { Host } from '../../src/host/host.ts'
import type { Subject } from '../../src/operations/run.ts'
import { sampleOf } from '../../src/operations/sample.ts'
import { statusMeasured } from '../../src/operations/status.ts'
import { WatchedSamples, type Sampled } from '../../src/watch/watched-samples.ts'
import { FakeHost } from '../simulation/fake-host.ts'
import { program } from '../simulation/program.ts'
import type { World } from '../simulation/world.ts'
import { runningWorld } from '../operations/given.ts'

/** A daemon as its watcher has it. */
function seen(subject: Subject, main: Identity | undefined, heard = 0): Sampled {
  const besides = { want: 'up', paused: false, tally: { ...NO_TALLY, respawns: 4 }, gone: undefined, seed: 1 } as const
  if (main === undefined)
    return { subject, heard, state: { ...besides, phase: { kind: 'down', why: 'finished', exit: undefined } } }
  const up = { kind: 'up', main, since: 0, failed: 0, succeeded: 0, healthy: true, probeAt: undefined } as const
  return { subject, heard, state: { ...besides, phase: { ...up, pings: undefined } } }
}

/** Samples of what `daemons` says; and how often files were read. */
function sampling(world: World, daemons: () => readonly Sampled[]) {
  const host: Host = new FakeHost(world)
  const read: string[] = []
  const counted: Host = {
    ...host,
    records: { ...host.records, read: (key) => (read.push('record'), host.records.read(key)) },
    wishes: { ...host.wishes, read: (key) => (read.push('wish'), host.wishes.read(key)) },
    history: { ...host.history, read: (key) => (read.push('history'), host.history.read(key)) },
  }
  const samples = new WatchedSamples({ host: counted, daemons, ask: async () => undefined })
  return {
    host,
    take: (): Promise<readonly Sample[]> => world.until(samples.take()),
    reads: (): readonly string[] => read.splice(0),
  }
}

const identity = (
  world: World,
  { pid, startTime }: { readonly pid: number; readonly startTime: number },
): Identity => ({
  bootId: world.kernel.bootId,
  pid,
  startTime,
})

test('what is known by events is what a look from scratch finds', async () => {
  const { world, app, main } = await runningWorld(program({ workers: 3 }))
  const { host, take } = sampling(world, () => [seen(app, identity(world, main))])
  const [sample] = await take()
  const measured = await world.until(statusMeasured(host, app))
  const pss = measured.processes.length * (1 << 19)
  const scratch = sampleOf(measured, { respawns: 4, pss, told: undefined })
  expect(sample).toEqual({ ...scratch, values: { ...scratch.values, uptime: sample?.values.uptime } })
  expect(sample?.values.processes).toBe(4)
})

test('no file is read again until something is heard', async () => {
  const { world, app, main } = await runningWorld(program({}))
  let heard = 0
  const { host, take, reads } = sampling(world, () => [seen(app, identity(world, main), heard)])
  await take()
  expect(reads()).toEqual(['record', 'wish', 'history'])
  await take()
  expect(reads()).toEqual([])
  heard = 1
  await take()
  expect(reads()).toEqual(['record', 'wish'])
  // Who has ended it may write that down later.
  host.history.append(app.key, { ...host.history.read(app.key)[0]!, exit: { kind: 'code', code: 3 } })
  expect((await take())[0]?.lastExit).toEqual({ kind: 'code', code: 3 })
})

test('a process that has just ended, of which the watcher does not know yet, is looked at from scratch', async () => {
  const { world, app, main } = await runningWorld(program({}))
  const { take } = sampling(world, () => [seen(app, identity(world, main))])
  expect((await take())[0]?.condition).toBe('running')
  world.kernel.deliver('somebody', main, 'KILL')
  expect((await take())[0]).toMatchObject({ condition: 'stale', values: { memory: undefined, respawns: 4 } })
})

test('what is down is looked at when something is heard of it, or after a while', async () => {
  const { world, app, main } = await runningWorld(program({}))
  world.kernel.deliver('somebody', main, 'KILL')
  let heard = 0
  const { host, take, reads } = sampling(world, () => [seen(app, undefined, heard)])
  const [first] = await take()
  expect([first?.condition, reads().length > 0]).toEqual(['stale', true])
  await take()
  expect(reads()).toEqual([])
  heard = 1
  await take()
  expect(reads().length).toBeGreaterThan(0)
  await world.until(host.clock.sleep(11_000))
  await take()
  expect(reads().length).toBeGreaterThan(0)
})

import { expect, test } from 'vitest'
import type { SignalName } from '../../src/base/signals.ts'
import { runForeground } from '../../src/operations/run-foreground.ts'
import type { Subject } from '../../src/operations/run.ts'
import { FakeHost } from '../simulation/fake-host.ts'
import { run, said } from '../simulation/given.ts'
import { forking, PIDFILE, program } from '../simulation/program.ts'
import type { World } from '../simulation/world.ts'
import { expectNothingLeft, runningWorld, worldOf } from './given.ts'

/** Somebody runs it on a terminal, from a shell. */
function inForeground(world: World, app: Subject) {
  const shell = world.stranger({ executable: '/bin/bash', terminal: 34_816 })
  const host = new FakeHost(world, { parent: shell })
  let send: (signal: SignalName) => void = () => {}
  let forwarding = false
  const ended = runForeground(host, app, said(), {
    lockWithin: 1000,
    forward: (sender) => {
      send = sender
      forwarding = true
      return () => (forwarding = false)
    },
  }).finally(() => host.exit())
  return { shell, host, ended, send: (signal: SignalName) => send(signal), forwards: () => forwarding }
}

test('gives the exit of the daemon, and takes away what speaks of it', async () => {
  const { world, app } = worldOf(program({ livesFor: 500, endsWith: { kind: 'code', code: 4 } }))
  const front = inForeground(world, app)
  await world.pass(200)
  expect(front.forwards()).toBe(true)
  expect(await world.until(front.ended)).toEqual({ ok: true, value: { kind: 'code', code: 4 } })
  expect(front.forwards()).toBe(false)
  expectNothingLeft(world)
})

test('shares our terminal and process group, and forwards signals', async () => {
  const { world, app } = worldOf()
  const front = inForeground(world, app)
  await world.pass(200)
  const [main] = world.mains()
  expect(main).toMatchObject({ session: front.shell.pid, group: front.host.self.group, terminal: 34_816 })
  front.send('TERM')
  expect(await world.until(front.ended)).toEqual({ ok: true, value: { kind: 'code', code: 0 } })
  expectNothingLeft(world)
})

test('another start finds it running; a stop from elsewhere ends it, and neither the shell nor its other children', async () => {
  const { world, app } = worldOf(program({ workers: 2, endsWorkers: false }))
  const front = inForeground(world, app)
  const editor = world.kernel.fork(front.shell, { executable: '/usr/bin/vi' })
  await world.pass(200)
  expect((await run(world, app, 'start')).outcome.result).toBe('nothing')
  expect((await run(world, app, 'stop')).outcome.result).toBe('done')
  await world.until(front.ended)
  expect(world.signalsTo(front.shell)).toEqual([])
  expect(world.signalsTo(editor)).toEqual([])
  expect(world.allOf()).toEqual([])
})

test('does not take away what speaks of a daemon that was started again meanwhile', async () => {
  const { world, app } = worldOf()
  const front = inForeground(world, app)
  await world.pass(200)
  const restarted = await run(world, app, 'restart')
  await world.until(front.ended)
  expect(restarted.outcome.result).toBe('done')
  expect(world.fileText(PIDFILE)).toBe(`${world.mains()[0]?.pid}\n`)
  expect(world.records.has('app')).toBe(true)
})

test('is refused while it runs, and to a daemon that leaves the foreground by itself', async () => {
  const { world, app } = await runningWorld()
  expect(await world.until(inForeground(world, app).ended)).toMatchObject({ ok: false, error: { reason: 'failed' } })
  const other = worldOf(forking())
  expect(await other.world.until(inForeground(other.world, other.app).ended)).toMatchObject({
    ok: false,
    error: { reason: 'unsupported' },
  })
})

test('when daemonctl is killed the daemon lives on, and can be stopped', async () => {
  const { world, app } = worldOf()
  const front = inForeground(world, app)
  await world.pass(200)
  front.host.kill()
  await world.pass(500)
  expect(world.mains()).toHaveLength(1)
  expect((await run(world, app, 'stop')).outcome.result).toBe('done')
  expectNothingLeft(world)
  expect(world.signalsTo(front.shell)).toEqual([])
})

import { describe, expect, test } from 'vitest'
import type { RawTable } from '../../src/definition/toml.ts'
import type { Fault } from './fake-host.ts'
import { soak } from './chance.ts'
import { begin, run, subject } from './given.ts'
import { forking, PIDFILE, program, type Program } from './program.ts'
import { describe as name } from './story.ts'
import { World } from './world.ts'

/** P3: daemonctl is killed before and after every effect of every verb; the next command recovers by itself. */

interface Case {
  readonly program: Program
  readonly cgroups?: boolean
  readonly keys?: RawTable
}

const CASES: Readonly<Record<string, Case>> = {
  'a simple daemon': { program: program({ busy: 10 }) },
  'a simple daemon in a cgroup': { program: program({ workers: 2 }), cgroups: true },
  'a daemon whose workers leave its session': {
    program: program({ workers: 2, workersAre: 'escaped', endsWorkers: false, workersIgnoreTerm: true }),
  },
  'a daemon that has to be killed': { program: program({ onTerm: undefined, workers: 1 }) },
  'a forking daemon': { program: forking() },
  'a forking daemon in a cgroup': { program: forking({ forks: 'twice' }, { workers: 1 }), cgroups: true },
  'a daemon that forks twice and is slow with its pidfile': {
    program: forking({ forks: 'twice', pidfileAfter: 400, launcherEndsAfter: 5, launcherExit: 101 }, { workers: 1 }),
  },
  'a daemon with hooks and a lock file': {
    program: program({}),
    keys: {
      'lock-file': '/run/lock/app',
      'config-test': ['/bin/test-config'],
      hooks: {
        'pre-start': ['/bin/hook'],
        'post-start': ['/bin/hook'],
        'pre-stop': ['/bin/hook'],
        'post-stop': ['/bin/hook'],
      },
      stop: { command: ['/bin/stop'] },
    },
  },
  'a daemon that changes its main PID': { program: program({ onHup: 'changes-main-pid', workers: 1 }) },
}

type Verb = 'start' | 'stop' | 'restart' | 'reload'
const BEFORE = ['stopped', 'running', 'stale with orphans'] as const

/** The world as the verb finds it. */
async function given(one: Case, before: (typeof BEFORE)[number]) {
  const world = new World(7)
  world.install(one.program)
  world.hasCgroups = one.cgroups ?? false
  const app = subject({ ...(one.program.forking === undefined ? {} : { type: 'forking' }), ...one.keys })
  const doubled: string[] = []
  world.kernel.onMain = (main) => {
    const other = world.mains().find((process) => process.launch !== main.launch)
    if (other !== undefined) doubled.push(`${name(main)} beside ${name(other)}`)
  }
  if (before !== 'stopped') await run(world, app, 'start')
  if (before === 'stale with orphans') {
    for (const main of world.mains()) world.kernel.end(main, { kind: 'signal', signal: 'KILL' })
    await world.pass(400)
  }
  return { world, app, doubled }
}

/** Strangers take the PIDs that the daemon had, as soon as they are free. */
function takeFreedPids(world: World): void {
  const record = world.records.get('app')
  const pids = [Number(world.fileText(PIDFILE)), record === undefined || record === 'damaged' ? NaN : record.main.pid]
  for (const pid of pids) if (world.kernel.isFree(pid)) world.stranger({ executable: '/usr/bin/vi' }, pid)
}

async function recovers(one: Case, verb: Verb, before: (typeof BEFORE)[number], fault: Fault, then: 'start' | 'stop') {
  const { world, app, doubled } = await given(one, before)
  const struck = begin(world, app, verb, { fault })
  const outcome = await world.until(struck.outcome)
  const at = `${verb} when ${before}, killed ${fault.when} effect ${fault.effect} (${JSON.stringify(struck.host.effects.at(-1))}), then ${then}`
  await world.pass([0, 8, 60, 500][fault.effect % 4] ?? 0)
  takeFreedPids(world)
  const next = await run(world, app, then)
  await world.pass(600)
  expect(next.outcome.failure, at).toBeUndefined()
  expect(world.mains().length, at).toBe(then === 'start' ? 1 : 0)
  if (then === 'stop') expect(world.allOf().map(name), at).toEqual([])
  expect(new Set(world.allOf().map(({ launch }) => launch)).size, at).toBe(then === 'start' ? 1 : 0)
  expect(world.wishes.get('app')?.want, at).toBe(then === 'start' ? 'up' : 'down')
  const last = await run(world, app, 'stop')
  expect(last.outcome.failure, at).toBeUndefined()
  expect(world.allOf().map(name), at).toEqual([])
  expect(world.files.has(PIDFILE), at).toBe(false)
  expect(world.records.has('app'), at).toBe(false)
  expect(doubled, at).toEqual([])
  expect(
    world.kernel.deliveries.filter(({ process }) => process.of !== 'app').map(({ process }) => name(process)),
    at,
  ).toEqual([])
  return outcome === 'killed'
}

describe.each(Object.entries(CASES))('P3: %s', (_, one) => {
  test.each<[Verb, (typeof BEFORE)[number]]>([
    ['start', 'stopped'],
    ['start', 'stale with orphans'],
    ['stop', 'running'],
    ['stop', 'stale with orphans'],
    ['restart', 'running'],
    ['reload', 'running'],
  ])('%s when it is %s, killed at each effect', async (verb, before) => {
    const { world, app } = await given(one, before)
    const whole = await run(world, app, verb)
    const effects = whole.host.effects.length
    expect(effects).toBeGreaterThan(2)
    for (let effect = 1; effect <= effects; effect += 1) {
      for (const when of ['before', 'after'] as const) {
        // After an effect is before the next: in the short form one follows the one, one the other.
        const following = ['start', 'stop'] as const
        const turn = following[effect % 2] ?? 'start'
        for (const then of soak ? following : [turn]) {
          expect(await recovers(one, verb, before, { effect, when }, then)).toBe(true)
        }
      }
    }
  })
})

test('P3: a start after a stop that was killed between its signal and the end leaves the daemon running', async () => {
  const world = new World(7)
  const app = subject()
  await run(world, app, 'start')
  // lock, wish, record, signal: the daemon takes 30 ms to end.
  await world.until(begin(world, app, 'stop', { fault: { effect: 4, when: 'after' } }).outcome)
  const { outcome } = await run(world, app, 'start')
  await world.pass(500)
  expect(outcome.failure).toBeUndefined()
  expect(world.mains()).toHaveLength(1)
})

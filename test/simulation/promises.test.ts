import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exitStatusOf } from '../../src/cli/exit-status.ts'
import { statusOf } from '../../src/decide/condition.ts'
import { preview } from '../../src/operations/act.ts'
import { observe } from '../../src/operations/observe.ts'
import { daemons, seeds, settings, WITHIN } from './chance.ts'
import { FakeHost } from './fake-host.ts'
import { begin, run, subject } from './given.ts'
import { forking, PIDFILE, program } from './program.ts'
import { chapters, describe as name, Story, type Chapter } from './story.ts'
import { deviations, longest } from './trace.ts'
import { World } from './world.ts'

type Verb = Extract<Chapter, { tell: 'verb' }>['verb']
const verbs = fc.constantFrom<Verb>('start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload')

/** Anything but verbs and kills may happen between two verbs: those are watched one at a time. */
const befalls = chapters.filter(({ tell }) => tell !== 'verb' && tell !== 'daemonctl is killed')
const lives = fc.record({
  daemon: daemons,
  seed: seeds,
  days: fc.array(fc.tuple(fc.array(befalls, { maxLength: 3 }), verbs), { minLength: 1, maxLength: 6 }),
})

test('P2: of twenty starts at once one starts it, and the others find it running', { timeout: WITHIN }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(program({ workers: 1 }), forking()), seeds, async (one, seed) => {
      const story = new Story(
        { program: one, cgroups: false, keys: one.forking === undefined ? {} : { type: 'forking' } },
        seed,
      )
      const begun = Array.from({ length: 20 }, () => begin(story.world, story.subject, 'start'))
      const outcomes = await story.world.until(Promise.all(begun.map(({ outcome }) => outcome)))
      const results = outcomes.map((outcome) => (outcome === 'killed' ? outcome : outcome.result))
      expect(results.filter((result) => result === 'done')).toHaveLength(1)
      expect(results.filter((result) => result === 'nothing')).toHaveLength(19)
      expect(story.world.mains()).toHaveLength(1)
      expect(story.violations).toEqual([])
    }),
    settings(15),
  )
})

test(
  'P2, P5: starts, stops and restarts at random from eight processes: never two, and the last wish holds',
  { timeout: WITHIN },
  async () => {
    const mixed = fc.array(fc.constantFrom<Verb>('start', 'stop', 'restart'), { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(mixed, seeds, fc.boolean(), async (verbs, seed, forks) => {
        const one = forks ? forking() : program({ workers: 2, workersIgnoreTerm: true, endsWorkers: false })
        const story = new Story({ program: one, cgroups: false, keys: forks ? { type: 'forking' } : {} }, seed)
        const begun: ReturnType<typeof begin>[] = []
        for (const verb of verbs) {
          begun.push(begin(story.world, story.subject, verb))
          await story.world.pass(story.world.random.between(0, 80))
        }
        await story.world.until(Promise.all(begun.map(({ outcome }) => outcome)))
        expect(story.violations).toEqual([])
        const last = story.world.history.get('app')?.at(-1)?.verb
        expect(story.world.mains()).toHaveLength(last === 'stop' ? 0 : 1)
        expect(story.world.wishes.get('app')?.want).toBe(last === 'stop' ? 'down' : 'up')
      }),
      settings(60),
    )
  },
)

test(
  'P4-P7, P9: each verb does what its preview says, in time, with the status that the table gives',
  { timeout: WITHIN },
  async () => {
    await fc.assert(
      fc.asyncProperty(lives, async ({ daemon, seed, days }) => {
        const story = new Story(daemon, seed)
        const { world, subject } = story
        let wanted = world.wishes.get('app')?.want
        for (const [happenings, verb] of days) {
          for (const chapter of happenings) await story.tell(chapter)
          const looking = new FakeHost(world)
          const { condition, plan } = await world.until(preview(looking, subject, { verb }))
          expect(looking.effects).toEqual([])
          looking.exit()

          const since = world.timeline.now
          const { outcome, host } = await story.run(verb)
          const at = `${[...story.told, verb].join('\n')}\n${JSON.stringify(outcome.failure)}`
          expect(story.violations, at).toEqual([])

          // P6, as long as nothing changed between the two and nothing had to be mended.
          const moved = JSON.stringify(plain(outcome.before)) !== JSON.stringify(plain(condition))
          if (!moved && outcome.result !== 'failed') expect(deviations(plan, host.effects), at).toEqual([])
          // P9
          const took = world.timeline.now - since
          if (!moved) expect(took, at).toBeLessThanOrEqual(longest(plan, subject.definition))
          else expect(took, at).toBeLessThanOrEqual(30_000)
          // P7
          const status = exitStatusOf(outcome.failure)
          expect([0, 1, ...(verb === 'reload' ? [3, 7] : [])], at).toContain(status)
          // P5: the wish of a verb that did not even begin is not taken down.
          const begun = host.effects.some(({ name }) => name === 'wish')
          if (begun) wanted = verb === 'stop' ? 'down' : 'up'
          if (outcome.result !== 'failed' && (verb === 'start' || verb === 'stop')) expect(begun, at).toBe(true)
          expect(world.wishes.get('app')?.want, at).toBe(wanted)
          // P4
          if (verb === 'stop' && status === 0) expect(world.allOf().map(name), at).toEqual([])
          if (verb === 'start' && outcome.result === 'done') expect(world.find(mainOf(host))?.of, at).toBe('app')
        }
      }),
      settings(250),
    )
  },
)

/** Whom the record named last. */
function mainOf(host: FakeHost) {
  const record = host.world.records.get('app')
  if (record === undefined || record === 'damaged') throw new Error('there is no record')
  return record.main
}

const plain = (condition: object | undefined): object =>
  condition === undefined ? {} : { ...condition, process: undefined, leftovers: undefined }

describe('P7: the exit status of every verb in every state', () => {
  const states = ['running', 'stopped', 'stale', 'foreign', 'garbage', 'unclear', 'lock file'] as const
  type State = (typeof states)[number]
  const rows: readonly (readonly [Verb | 'status', number, number, number, number, number, number, number])[] = [
    // running, stopped, stale, foreign, garbage, unclear, lock file
    ['status', 0, 3, 1, 1, 4, 4, 2],
    ['start', 0, 0, 0, 0, 0, 1, 0],
    ['stop', 0, 0, 0, 0, 0, 1, 0],
    ['restart', 0, 0, 0, 0, 0, 1, 0],
    ['condrestart', 0, 0, 0, 0, 0, 1, 0],
    ['reload', 0, 7, 7, 7, 7, 1, 7],
    ['force-reload', 0, 0, 0, 0, 0, 1, 0],
  ]
  async function given(state: State) {
    const world = new World(3)
    const app = subject({ 'lock-file': '/run/lock/app' })
    if (state === 'running' || state === 'stale') await run(world, app, 'start')
    if (state === 'stale') for (const main of world.mains()) world.kernel.end(main, { kind: 'code', code: 1 })
    if (state === 'foreign' || state === 'unclear') {
      world.writeFile(PIDFILE, '310\n')
      await world.pass(1000)
      world.stranger({ executable: state === 'foreign' ? '/usr/bin/vi' : '/usr/bin/appd' }, 310)
    }
    if (state === 'garbage') world.writeFile(PIDFILE, 'none\n')
    if (state === 'lock file') world.writeFile('/run/lock/app', '')
    return { world, app }
  }
  test.each(rows)('%s', async (verb, ...statuses) => {
    const found: number[] = []
    for (const state of states) {
      const { world, app } = await given(state)
      if (verb === 'status') found.push(statusOf((await world.until(observe(new FakeHost(world), app))).condition))
      else found.push(exitStatusOf((await run(world, app, verb)).outcome.failure))
    }
    expect(Object.fromEntries(states.map((state, index) => [state, found[index]]))).toEqual(
      Object.fromEntries(states.map((state, index) => [state, statuses[index]])),
    )
  })
})

describe('P10: what is unclear changes nothing', () => {
  const unclear: Readonly<Record<string, (world: World) => void>> = {
    'the right program took the PID': (world) => void world.stranger({ executable: '/usr/bin/appd' }, 320),
    'the process is hidden from us': (world) => {
      world.stranger({ executable: '/usr/bin/appd' }, 320)
      world.hidden.add(320)
    },
    'others may have written the pidfile': (world) => {
      world.stranger({ executable: '/usr/bin/other' }, 320)
      world.writeFile(PIDFILE, '320\n', { doubt: { why: 'it belongs to uid 33', writer: 33 } })
    },
  }
  test.each(Object.entries(unclear))('%s', async (_, happens) => {
    for (const verb of ['start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload', 'signal'] as const) {
      const world = new World(5)
      world.writeFile(PIDFILE, '320\n')
      await world.pass(1000)
      happens(world)
      const files = [...world.files]
      const app = subject()
      const { outcome, host } = await run(world, app, verb === 'signal' ? { verb, signal: 'TERM' } : verb)
      expect(outcome.failure?.reason).toBe('unknown-condition')
      expect(outcome.failure?.remedy).toBeDefined()
      expect(host.effects.map(({ name }) => name)).toEqual(['lock', 'history'])
      expect([...world.files]).toEqual(files)
      expect(world.wishes.size).toBe(0)
      expect(world.kernel.deliveries).toEqual([])
    }
  })
})

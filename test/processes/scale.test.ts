import { mkdirSync } from 'node:fs'
import { expect } from 'vitest'
import { each, findProcess, kill, lives, scenario, seeded, SOAK, withRig, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** Afterwards NAME@1 to NAME@N run, and no others: by ourselves, by a watcher, and whatever it is killed at. */

function define(rig: Rig, instances = 3): void {
  rig.define('d', {
    command: rig.fixture('obedient.pl', 'copy-%i'),
    instances,
    environment: { NUMBER: 'number %i' },
    start: { settle: '10ms' },
    stop: { schedule: 'TERM/10/KILL/5' },
    respawn: { policy: 'always', burst: 100 },
  })
}

/** What runs, whatever daemonctl says of it. */
const running = (rig: Rig): readonly number[] =>
  rig
    .copies('copy-')
    .map(({ pid }) => Number(/copy-(\d+)/.exec(rig.read(`/proc/${pid}/cmdline`))?.[1]))
    .toSorted((a, b) => a - b)

async function listed(rig: Rig): Promise<readonly number[]> {
  const { stdout } = await rig.daemonctl(['list', '--names'])
  return stdout
    .split('\n')
    .filter((name) => name.startsWith('d@'))
    .map((name) => Number(name.slice(2)))
}

async function scale(rig: Rig, ...words: readonly string[]): Promise<void> {
  const { status, stderr } = await rig.daemonctl(['scale', 'd', ...words])
  expect([status, stderr]).toEqual([0, ''])
}

const processOf = (rig: Rig, name: string) => {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

scenario(
  'more, fewer and back; every verb goes by it, and those that stay are not touched',
  { seconds: 120 },
  async (rig) => {
    define(rig)
    await rig.daemonctl(['start', 'd'])
    const first = processOf(rig, 'd@1')
    await scale(rig, '5')
    expect([running(rig), await listed(rig)]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ])
    expect(rig.read(`/proc/${rig.pid('d@5')}/environ`).split('\0')).toContain('NUMBER=number 5')
    const status = await rig.daemonctl(['status', 'd'])
    expect([status.status, status.stdout]).toEqual([0, expect.stringMatching(/d was scaled to 5 instances by \S+ at/)])
    expect((await rig.daemonctl(['show', 'd@5'])).stdout).toMatch(/instances +5 +daemonctl scale, in place of 3 at/)

    await scale(rig, '2')
    expect([running(rig), await listed(rig), lives(first)]).toEqual([[1, 2], [1, 2], true])
    const restarted = await rig.daemonctl(['restart', 'd', '--rolling'])
    expect([restarted.status, running(rig)]).toEqual([0, [1, 2]])
    await rig.daemonctl(['stop', 'd'])
    expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
    expect(running(rig)).toEqual([1, 2])

    await scale(rig, '--reset')
    expect([running(rig), await listed(rig)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect((await rig.daemonctl(['show', 'd@1'])).stdout).toMatch(/instances +3 +etc\/d.toml:/)
  },
)

scenario('what it would do is what it does', { seconds: 120 }, async (rig) => {
  define(rig)
  await rig.daemonctl(['start', 'd'])
  const { stdout } = await rig.daemonctl(['scale', 'd', '1', '--dry-run', '--json'])
  const planned = JSON.parse(stdout)
  expect(running(rig)).toEqual([1, 2, 3])
  const done = JSON.parse((await rig.daemonctl(['scale', 'd', '1', '--json'])).stdout)
  expect(planned.scale).toEqual(done.scale)
  const names = (json: { readonly daemons: readonly { readonly name: string }[] }) =>
    json.daemons.map(({ name }) => name)
  expect(names(planned)).toEqual(['d@3', 'd@2', 'd@1'])
  expect(names(done)).toEqual(names(planned))
  expect(running(rig)).toEqual([1])
})

scenario('what cannot be scaled is refused, and nothing happens', { seconds: 120 }, async (rig) => {
  define(rig)
  rig.define('single', { command: rig.fixture('obedient.pl', 'copy-0') })
  rig.define('ports', {
    command: rig.fixture('obedient.pl', 'copy-9'),
    instances: 2,
    start: { ready: { tcp: '6553%i' } },
  })
  rig.write(rig.path('etc', 'template@.toml'), `command = ["/bin/sleep", "%i"]\n`)
  const refused = async (words: readonly string[], status: number, complaint: RegExp) => {
    const outcome = await rig.daemonctl(['scale', ...words])
    expect([outcome.status, outcome.stderr]).toEqual([status, expect.stringMatching(complaint)])
  }
  await refused([], 2, /not said which daemon/)
  await refused(['d'], 2, /how many instances/)
  await refused(['d', '0'], 2, /daemonctl stop d/)
  await refused(['d', '1001'], 2, /from 1 to 1000/)
  await refused(['d', '-1'], 2, /flag|number/)
  await refused(['d', '2', '3'], 2, /words/)
  await refused(['d', '2', '--reset'], 2, /exclude each other/)
  await refused(['d@2', '2'], 2, /is one instance/)
  await refused(['single', '2'], 3, /not defined with instances/)
  await refused(['nobody', '2'], 6, /no definition/)
  // A number for which the definition is wrong would make it wrong for every verb.
  await refused(['ports', '6'], 6, /not an address/)
  expect([running(rig), rig.read(rig.path('state', 'scales.json'))]).toEqual([[], ''])
  expect((await rig.daemonctl(['check'])).status).toBe(0)
})

scenario('two projects with daemons of one name are scaled each for itself', { seconds: 120 }, async (rig) => {
  const projects = ['one', 'two'].map((name) => rig.path(name))
  for (const project of projects) {
    mkdirSync(project)
    rig.write(
      `${project}/daemonctl.toml`,
      `[daemons.d]\ncommand = ${JSON.stringify(rig.fixture('obedient.pl', 'copy-%i'))}\ninstances = 2\n` +
        `pidfile = "%i.pid"\nlog.stdout = "%i.log"\nstart.settle = "10ms"\nenvironment.DAEMONCTL_TEST = "${rig.directory}"\n`,
    )
  }
  const [one = '', two = ''] = projects
  expect((await rig.daemonctl(['scale', 'd', '3'], { cwd: one })).status).toBe(0)
  expect((await rig.daemonctl(['scale', 'd', '1'], { cwd: two })).status).toBe(0)
  expect(running(rig)).toEqual([1, 1, 2, 3])
  expect((await rig.daemonctl(['stop', 'd'], { cwd: one })).status).toBe(0)
  expect(running(rig)).toEqual([1])
})

scenario('without root it is the same', { as: 'nobody', seconds: 120 }, async (rig) => {
  define(rig)
  await scale(rig, '4')
  await scale(rig, '1')
  expect([running(rig), await listed(rig)]).toEqual([[1], [1]])
})

for (const socket of ['through its control socket', 'past its control socket'] as const) {
  scenario(`with a watcher, ${socket}: it has as many, and brings back what dies`, { seconds: 120 }, async (rig) => {
    define(rig)
    rig.define('other', { command: rig.fixture('obedient.pl', 'other'), start: { settle: '10ms' } })
    const watcher = await watch(rig)
    // Other definitions may be half written: they are none of its business.
    rig.write(rig.path('etc', 'later.toml'), 'command = ["/bin/sleep", "1000"]\n')
    if (socket === 'past its control socket') watcher.hide()
    await scale(rig, '5')
    await watcher.hears('d@5', 'watched')
    await watcher.phase('d@5', 'up')
    expect(running(rig)).toEqual([1, 2, 3, 4, 5])
    kill(processOf(rig, 'd@5'), 'SIGKILL')
    await rig.until('it is back', () => running(rig).length === 5)

    await scale(rig, '2')
    await watcher.hears('d@3', 'unwatched')
    expect(Object.keys(await watcher.phases()).toSorted()).toEqual(['d@1', 'd@2', 'other'])
    expect(running(rig)).toEqual([1, 2])

    rig.write(rig.path('etc', 'later.toml'), '')
    await scale(rig, '4')
    await rig.daemonctl(['stop', 'd@4'])
    await watcher.end()
    // The next one begins with as many, and leaves stopped what was stopped.
    const next = await watch(rig, ['d'])
    expect(await next.phases()).toEqual({ 'd@1': 'up', 'd@2': 'up', 'd@3': 'up', 'd@4': 'down' })
    await next.end()
  })
}

scenario('while others start it: once more, and no others run', { seconds: SOAK ? 900 : 120 }, async (rig) => {
  define(rig, 4)
  for (let round = 0; round < (SOAK ? 20 : 2); round += 1) {
    await rig.daemonctl(['start', 'd'])
    await Promise.all([
      rig.daemonctl(['scale', 'd', '2']),
      ...[1, 2, 3].map(() => rig.daemonctl(['start', 'd'])),
      rig.daemonctl(['scale', 'd', '3']),
    ])
    await scale(rig, '2')
    expect([running(rig), await listed(rig)]).toEqual([
      [1, 2],
      [1, 2],
    ])
    await scale(rig, '--reset')
  }
})

for (const { title, from, to } of [
  { title: 'more', from: 2, to: 4 },
  { title: 'fewer', from: 4, to: 2 },
]) {
  scenario(
    `P3 kill -9 at effects of scale (${title}): the same once more completes it`,
    { seconds: SOAK ? 900 : 240 },
    async (rig) => {
      const count = async (): Promise<number> => {
        define(rig, from)
        await rig.daemonctl(['start', 'd'])
        const { stderr } = await rig.begin(['scale', 'd', String(to)], { fault: 'count' }).outcome
        return Number(/effects: (\d+)/.exec(stderr)?.[1] ?? 0)
      }
      const effects = await count()
      expect(effects).toBeGreaterThan(10)
      const chance = seeded(from)
      const points = Array.from({ length: effects }, (_, index) => index + 1)
        .flatMap((number) => [`${number}:before`, `${number}:after`])
        .filter(() => SOAK || chance(12) === 0)
      await each(points, (fault) => withRig({}, (place) => killAt(place, fault)), 2)
    },
  )

  async function killAt(rig: Rig, fault: string): Promise<void> {
    define(rig, from)
    await rig.daemonctl(['start', 'd'])
    const killed = await rig.begin(['scale', 'd', String(to)], { fault }).outcome
    // How many effects a stop has depends on when its processes end: the last points may lie behind its end.
    expect(killed.signal ?? killed.status, fault).toBeOneOf(['SIGKILL', 0])
    // Everything that runs is listed: nothing is lost of sight.
    const seen = await listed(rig)
    expect(
      running(rig).filter((number) => !seen.includes(number)),
      fault,
    ).toEqual([])
    await scale(rig, String(to))
    const wanted = Array.from({ length: to }, (_, index) => index + 1)
    expect([running(rig), await listed(rig)], fault).toEqual([wanted, wanted])
    expect((await rig.daemonctl(['status', 'd'])).status).toBe(0)
  }
}

import { rmSync } from 'node:fs'
import { expect } from 'vitest'
import { kill, scenario, type Rig } from './rig.ts'

/**
 * M26, P7: the exit status of every verb in every condition, by the tables of the LSB (iniscrptact).
 */
const VERBS = [
  'status',
  'start',
  'stop',
  'restart',
  'reload',
  'force-reload',
  'condrestart',
  'try-restart',
  'signal',
] as const

interface Row {
  readonly condition: string
  /** Brings a rig with a definition of "d" into it. */
  readonly make: (rig: Rig) => Promise<void>
  readonly exits: Readonly<Record<(typeof VERBS)[number], number>>
}

const NOTHING_RUNS = {
  start: 0,
  stop: 0,
  restart: 0,
  reload: 7,
  'force-reload': 0,
  condrestart: 0,
  'try-restart': 0,
  signal: 7,
}

const ROWS: readonly Row[] = [
  {
    condition: 'running',
    make: async (rig) => {
      await rig.daemonctl(['start', 'd'])
      await rig.until('it handles signals', () => rig.log('d').includes('ready'))
    },
    exits: { ...NOTHING_RUNS, status: 0, reload: 0, signal: 0 },
  },
  { condition: 'stopped', make: async () => {}, exits: { ...NOTHING_RUNS, status: 3 } },
  {
    condition: 'stale',
    make: async (rig) => {
      await rig.daemonctl(['start', 'd'])
      const main = rig.processes().find(({ pid }) => pid === rig.pid('d'))
      if (main === undefined || !kill(main, 'SIGKILL')) throw new Error('it does not run')
      await rig.until('it is dead', () => rig.processes().length === 0)
    },
    exits: { ...NOTHING_RUNS, status: 1 },
  },
  {
    condition: 'foreign',
    make: async (rig) => {
      const stranger = await rig.stranger()
      rig.define('d', { command: rig.fixture('obedient.pl'), executable: '/bin/sleep' })
      rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
    },
    exits: { ...NOTHING_RUNS, status: 1, start: 0, restart: 0 },
  },
  {
    condition: 'lock file left',
    make: async (rig) => void rig.write(rig.path('subsys'), ''),
    exits: { ...NOTHING_RUNS, status: 2 },
  },
  {
    condition: 'unknown',
    make: async (rig) => {
      const stranger = await rig.stranger()
      rig.write(rig.pidfile('d'), `${stranger.pid}\n`, 0o666)
    },
    exits: {
      status: 4,
      start: 1,
      stop: 1,
      restart: 1,
      reload: 1,
      'force-reload': 1,
      condrestart: 1,
      'try-restart': 1,
      signal: 1,
    },
  },
]

for (const { condition, make, exits } of ROWS) {
  scenario(`M26 P7 every verb when it is: ${condition}`, { seconds: 90 }, async (rig) => {
    const found: Record<string, number | undefined> = {}
    for (const verb of VERBS) {
      const fields = { command: rig.fixture('obedient.pl'), start: { settle: '10ms' }, 'lock-file': rig.path('subsys') }
      rig.define('d', fields)
      await make(rig)
      const words = verb === 'signal' ? [verb, 'd', 'USR1'] : [verb, 'd']
      found[verb] = (await rig.daemonctl(words)).status
      await rig.daemonctl(['stop', 'd'])
      for (const path of [rig.pidfile('d'), rig.path('subsys')]) rmSync(path, { force: true })
    }
    expect(found).toEqual(exits)
  })
}

scenario('M26 usage, missing and bad definitions: 2, 6, and 4 for status', async (rig) => {
  rig.write(rig.path('etc', 'bad.toml'), 'comand = ["/bin/true"]\numask = "999"\n')
  const exits: Record<string, number | undefined> = {}
  for (const line of [
    'start nowhere',
    'stop nowhere',
    'status nowhere',
    'start bad',
    'status bad',
    'check bad',
    'start',
    'start --no-such-flag bad',
    'no-such-verb bad',
    'start ../etc/passwd',
    'start --all bad',
    'stop --pidfile',
    'stop --pidfile x.pid --schedule TERM/x',
    'start --pidfile x.pid --umask 999 -- /bin/true',
    'start --pidfile x.pid --env NOVALUE -- /bin/true',
    'signal bad',
    'start bad --lock-timeout never',
  ]) {
    exits[line] = (await rig.daemonctl(line.split(' '))).status
  }
  expect(exits).toEqual({
    'start nowhere': 6,
    'stop nowhere': 6,
    'status nowhere': 4,
    'start bad': 6,
    'status bad': 4,
    'check bad': 6,
    // A name might be meant that stands in the file with the problem.
    start: 6,
    'start --no-such-flag bad': 2,
    'no-such-verb bad': 2,
    'start ../etc/passwd': 2,
    'start --all bad': 2,
    'stop --pidfile': 2,
    'stop --pidfile x.pid --schedule TERM/x': 2,
    'start --pidfile x.pid --umask 999 -- /bin/true': 2,
    'start --pidfile x.pid --env NOVALUE -- /bin/true': 2,
    'signal bad': 2,
    'start bad --lock-timeout never': 2,
  })
  const { stderr } = await rig.daemonctl(['start', 'bad'])
  expect(stderr).toMatch(/bad\.toml:1:1.*command/s)
  expect(stderr).toMatch(/bad\.toml:2:\d+/)
  expect(rig.processes()).toEqual([])
})

scenario('M26 several names: the worst of their statuses, and each is worked on', async (rig) => {
  for (const name of ['a', 'b']) rig.define(name, { command: rig.fixture('obedient.pl', name) })
  rig.define('c', { command: ['/nowhere/program'] })
  expect((await rig.daemonctl(['start', 'a', 'c', 'b'])).status).toBe(5)
  expect((await rig.daemonctl(['status', 'a', 'b'])).status).toBe(0)
  expect((await rig.daemonctl(['status'])).status).toBe(3)
  expect((await rig.daemonctl(['stop', '--all'])).status).toBe(0)
  expect(rig.processes()).toEqual([])
})

scenario('M26 only root may: 4', { as: 'nobody' }, async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), pidfile: '/run/daemonctl-test-not-allowed.pid' })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(4)
  expect(rig.processes()).toEqual([])
})

scenario('a busy daemon: the lock is waited for, its holder is named, and the wait has a bound (M28)', async (rig) => {
  const enough = rig.path('enough')
  const untilEnough = ['/bin/sh', '-c', 'while test ! -e "$0"; do sleep 0.05; done', enough]
  rig.define('d', { command: rig.fixture('obedient.pl'), 'config-test': untilEnough, start: { timeout: '1m' } })
  const first = rig.begin(['start', 'd'])
  await rig.until('the first is at work', () => rig.copies(enough).length > 0)
  const impatient = await rig.daemonctl(['stop', 'd', '--lock-timeout', '200ms'])
  expect([impatient.status, impatient.stderr]).toEqual([1, expect.stringContaining('daemonctl start d (pid')])
  // status asks nobody for leave.
  expect((await rig.status('d')).exit).toBe(3)
  const second = rig.daemonctl(['start', 'd'])
  rig.write(enough, '')
  const patient = await second
  expect([patient.status, patient.stdout]).toEqual([0, expect.stringContaining('already running')])
  expect((await first.outcome).status).toBe(0)
  expect(rig.copies('obedient.pl')).toHaveLength(1)
})

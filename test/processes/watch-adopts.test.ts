import { rmSync } from 'node:fs'
import { expect } from 'vitest'
import { findProcess, isAlive, kill, lives, scenario, type Rig } from './rig.ts'
import type { Process } from './processes.ts'
import { watch } from './watching.ts'

/** The watcher takes back what runs, starts what is wanted, and leaves everything as it is when it ends. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }

function processOf(rig: Rig, name: string): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

scenario('P8 it starts what is wanted, and touches nothing that runs', async (rig) => {
  const witness = { WITNESS: rig.path('witness') }
  rig.define('fresh', { ...QUICK, command: rig.fixture('obedient.pl', 'fresh') })
  rig.define('stopped', { ...QUICK, command: rig.fixture('obedient.pl', 'stopped') })
  rig.define('started', { ...QUICK, command: rig.fixture('obedient.pl', 'started'), environment: witness })
  rig.define('by-hand', {
    ...QUICK,
    command: rig.fixture('forks-twice.pl', rig.pidfile('by-hand')),
    type: 'forking',
  })
  rig.define('forking', {
    ...QUICK,
    command: rig.fixture('forks-twice.pl', rig.pidfile('forking')),
    type: 'forking',
  })
  expect((await rig.daemonctl(['start', 'started', 'forking', 'stopped'])).status).toBe(0)
  expect((await rig.daemonctl(['stop', 'stopped'])).status).toBe(0)
  // By somebody who has never heard of daemonctl.
  await rig.spawn(rig.fixture('forks-twice.pl', rig.pidfile('by-hand')))
  await rig.until('it runs by hand', () => isAlive(rig.pid('by-hand')))
  const before = ['started', 'by-hand', 'forking'].map((name) => processOf(rig, name))

  const watcher = await watch(rig)
  expect(await watcher.phases()).toEqual({
    'by-hand': 'up',
    forking: 'up',
    fresh: 'up',
    started: 'up',
    stopped: 'down',
  })
  for (const name of ['started', 'by-hand', 'forking']) {
    expect(watcher.lines(name).map(({ kind }) => kind)).toEqual(['adopted'])
  }
  expect(watcher.lines('fresh').map(({ kind }) => kind)).toEqual(['started'])
  expect(watcher.lines('stopped')).toEqual([])
  expect(before.every(lives)).toBe(true)
  const fresh = processOf(rig, 'fresh')

  const ended = await watcher.end()
  expect([ended.status, ended.stderr]).toEqual([0, ''])
  expect([...before, fresh].every(lives)).toBe(true)
  expect(rig.log('started')).toBe('ready\n')
})

scenario('with --on-exit stop its end ends them, and the next watcher has them up again', async (rig) => {
  for (const name of ['one', 'two']) rig.define(name, { ...QUICK, command: rig.fixture('obedient.pl', name) })
  const first = await watch(rig, ['--on-exit', 'stop'])
  const before = ['one', 'two'].map((name) => processOf(rig, name))
  expect((await first.end()).status).toBe(0)
  expect(before.some(lives)).toBe(false)
  expect(rig.copies('obedient.pl')).toEqual([])
  expect(rig.log('one')).toBe('ready\nTERM\n')
  // It was not an operator who stopped them.
  const second = await watch(rig)
  expect((await second.list()).map(({ phase }) => phase)).toEqual(['up', 'up'])
  await second.end()
})

scenario('of two watchers of one scope the second says who holds it', async (rig) => {
  rig.define('one', { ...QUICK, command: rig.fixture('obedient.pl') })
  const first = await watch(rig)
  const before = processOf(rig, 'one')
  const second = await rig.daemonctl(['watch'])
  expect(second.status).toBe(1)
  expect(second.stderr).toContain(`are watched by`)
  expect(second.stderr).toContain(`pid ${first.pid}`)
  const once = await rig.daemonctl(['watch', '--once'])
  expect(once.status).toBe(1)
  expect(lives(before)).toBe(true)
  // Whatever becomes of it: the lock goes with the process.
  first.kill('SIGKILL')
  await first.outcome
  const third = await watch(rig)
  expect(third.lines('one').map(({ kind }) => kind)).toEqual(['adopted'])
  expect(lives(before)).toBe(true)
  await third.end()
})

interface About {
  readonly environment: Readonly<Record<string, string>>
  readonly descriptors: readonly string[]
  readonly directory: string
  readonly umask: string
  readonly nice: string | number
  readonly terminal: number
  readonly status: string
}

scenario('what the watcher starts is given exactly what the command line gives it', async (rig) => {
  rig.define('one', { ...QUICK, command: rig.fixture('tells-about-itself.pl', rig.path('about')) })
  const about = async (): Promise<unknown> => {
    await rig.until('it tells', () => rig.read(rig.path('about')).endsWith('}\n'))
    const { environment, status, ...rest } = JSON.parse(rig.read(rig.path('about'))) as About
    const { DAEMONCTL_ID: _, ...variables } = environment
    const signals = status.split('\n').filter((line) => /^(Sig(Blk|Ign)|Uid|Gid|Groups|CapEff):/.test(line))
    const { descriptors, directory, umask, nice, terminal } = rest
    return { variables, signals, descriptors, directory, umask, nice, terminal }
  }
  expect((await rig.daemonctl(['start', 'one'])).status).toBe(0)
  const byCli = await about()
  expect((await rig.daemonctl(['stop', 'one'])).status).toBe(0)
  rig.write(rig.path('about'), '')
  rmSync(rig.path('state', 'wishes'), { recursive: true })
  const watcher = await watch(rig)
  expect(watcher.lines('one').map(({ kind }) => kind)).toEqual(['started'])
  expect(await about()).toEqual(byCli)
  expect((await watcher.end()).leaked).toBe(false)
})

scenario(
  'where the kernel cannot be asked for the end of a stranger, that is said, and it comes back all the same',
  async (rig) => {
    const env = { DAEMONCTL_NO_NATIVE: '1' }
    rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl') })
    expect((await rig.daemonctl(['start', 'd'], { env })).status).toBe(0)
    const watcher = await watch(rig, [], { env })
    expect((await watcher.told('d')).sentence).toBe('up, nobody tells of its end: it is asked for, four times a second')
    const daemon = findProcess(rig.pid('d'))
    if (daemon !== undefined) kill(daemon, 'SIGKILL')
    await watcher.hears('d', 'started')
    // Of its own child it learns by itself.
    expect((await watcher.told('d')).sentence).toBe('up')
    await watcher.end()
  },
)

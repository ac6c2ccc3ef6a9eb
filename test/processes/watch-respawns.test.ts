import { expect } from 'vitest'
import { findProcess, isAlive, kill, lives, scenario, type Fields, type Rig } from './rig.ts'
import type { Process } from './processes.ts'
import { watch, type Watching } from './watching.ts'

/** Whatever dies comes back as its policy has it, once, however it came to run. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }
const SOON = { delay: '10ms', 'max-delay': '20ms', burst: 1000 }

function processOf(rig: Rig, name: string): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

/** Kills it, and waits until the watcher has it up again: another process, and only one. */
async function killOnce(rig: Rig, watcher: Watching): Promise<void> {
  const before = processOf(rig, 'd')
  const ends = watcher.count('d', 'ended')
  const starts = watcher.count('d', 'started')
  expect(kill(before, 'SIGKILL')).toBe(true)
  const end = await watcher.hears('d', 'ended', ends + 1)
  expect(end.message).toMatch(new RegExp(`^pid ${before.pid} was killed by SIGKILL`))
  await watcher.hears('d', 'started', starts + 1)
  const { pid, phase } = await watcher.told('d')
  expect(phase).toBe('up')
  expect(pid).not.toBe(before.pid)
  expect(rig.pid('d')).toBe(pid)
  expect(lives(before)).toBe(false)
}

const simple = (rig: Rig): Fields => ({ command: rig.fixture('obedient.pl') })
const forking = (rig: Rig): Fields => ({
  type: 'forking',
  command: rig.fixture('forks-twice.pl', rig.pidfile('d')),
})
const started = async (rig: Rig): Promise<unknown> => expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
const byHand = async (rig: Rig): Promise<void> => {
  await rig.spawn(rig.fixture('forks-twice.pl', rig.pidfile('d')), { WITNESS: rig.path('witness') })
  await rig.until('it runs by hand', () => isAlive(rig.pid('d')))
}

const KINDS: readonly {
  readonly what: string
  readonly fields: (rig: Rig) => Fields
  readonly before?: (rig: Rig) => Promise<unknown>
}[] = [
  { what: 'a child', fields: simple },
  { what: 'one that the command line had started', fields: simple, before: started },
  { what: 'one that forks away', fields: forking },
  { what: 'one that forks away and was started before', fields: forking, before: started },
  { what: 'one that was started by hand', fields: forking, before: byHand },
]
const TIMES = 4

for (const { what, fields, before } of KINDS) {
  scenario(`P4 killed with -9 again and again, it is back each time: ${what}`, async (rig) => {
    rig.define('d', { ...QUICK, respawn: SOON, ...fields(rig), environment: { WITNESS: rig.path('witness') } })
    await before?.(rig)
    const watcher = await watch(rig)
    for (let times = 0; times < TIMES; times += 1) await killOnce(rig, watcher)
    await rig.until('all have told of their birth', () => births(rig) === TIMES + 1)
    expect(rig.read(rig.path('witness.overlap'))).toBe('')
    expect(rig.copies('.pl')).toHaveLength(1)
    expect((await watcher.told('d')).respawns).toBe(before === undefined ? TIMES + 1 : TIMES)
    await watcher.end()
  })
}

const births = (rig: Rig): number => rig.read(rig.path('witness.born')).split('\n').length - 1

/** What an end calls for, by policy: up once more, or down, and the words that say why. */
const ENDS: readonly {
  readonly title: string
  readonly respawn: Fields
  readonly by: number | NodeJS.Signals
  readonly next: 'respawn' | RegExp
}[] = [
  { title: 'never: 1', respawn: { policy: 'never' }, by: 1, next: /policy leaves it down/ },
  { title: 'never: KILL', respawn: { policy: 'never' }, by: 'SIGKILL', next: /policy leaves it down/ },
  { title: 'on-failure: 0', respawn: { policy: 'on-failure' }, by: 0, next: /policy leaves it down/ },
  { title: 'on-failure: 1', respawn: { policy: 'on-failure' }, by: 1, next: 'respawn' },
  { title: 'on-failure: SEGV', respawn: { policy: 'on-failure' }, by: 'SIGSEGV', next: 'respawn' },
  { title: 'on-failure: KILL', respawn: { policy: 'on-failure' }, by: 'SIGKILL', next: 'respawn' },
  { title: 'on-failure: HUP', respawn: { policy: 'on-failure' }, by: 'SIGHUP', next: /policy leaves it down/ },
  { title: 'on-failure: 3 is success', respawn: { 'success-exit': [3] }, by: 3, next: /policy leaves it down/ },
  { title: 'always: 0', respawn: { policy: 'always' }, by: 0, next: 'respawn' },
  { title: 'always: PIPE', respawn: { policy: 'always' }, by: 'SIGPIPE', next: 'respawn' },
  {
    title: 'always: 6 prevents it',
    respawn: { policy: 'always', 'prevent-exit': [6] },
    by: 6,
    next: /prevent-exit, it stays down/,
  },
]

for (const type of ['simple', 'forking'] as const) {
  scenario(`what an end calls for, by policy and exit status (${type})`, async (rig) => {
    for (const [number, { respawn }] of ENDS.entries()) {
      const name = `d${number}`
      rig.define(name, {
        ...QUICK,
        type,
        respawn: { ...SOON, ...respawn },
        command: rig.fixture('ends-as-told.pl', rig.path(name), ...(type === 'forking' ? [rig.pidfile(name)] : [])),
      })
    }
    const watcher = await watch(rig)
    expect(await watcher.phases()).toEqual(Object.fromEntries(ENDS.map((_, number) => [`d${number}`, 'up'])))
    for (const [number, { by }] of ENDS.entries()) {
      const victim = processOf(rig, `d${number}`)
      if (typeof by === 'string') kill(victim, by)
      else rig.write(rig.path(`d${number}`), `${by}\n`)
    }
    for (const [number, { title, by, next }] of ENDS.entries()) {
      const name = `d${number}`
      const end = await watcher.hears(name, 'ended')
      expect(end.message, title).toContain(typeof by === 'number' ? `exit status ${by}` : `killed by ${by}`)
      if (next === 'respawn') {
        await watcher.hears(name, 'started', 2)
        expect(isAlive(rig.pid(name)), title).toBe(true)
      } else {
        expect(end.message, title).toMatch(next)
        expect((await watcher.told(name)).phase, title).toBe('down')
      }
    }
    const up = ENDS.filter(({ next }) => next === 'respawn').length
    expect((await watcher.list()).filter(({ phase }) => phase === 'up')).toHaveLength(up)
    expect(rig.copies('ends-as-told.pl')).toHaveLength(up)
    await watcher.end()
  })
}

scenario('a death for lack of memory is told as one', async (rig) => {
  rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl'), respawn: SOON })
  const watcher = await watch(rig)
  // The kernel tells it of a cgroup, which not every machine has.
  rig.write(rig.path('memory.events'), 'low 0\noom 1\noom_kill 1\noom_group_kill 0\n')
  const record = JSON.parse(rig.read(rig.record('d'))) as object
  rig.write(rig.record('d'), JSON.stringify({ ...record, cgroup: rig.path() }), 0o600)
  const victim = processOf(rig, 'd')
  kill(victim, 'SIGKILL')
  expect((await watcher.hears('d', 'ended')).message).toContain(
    `pid ${victim.pid} was killed by SIGKILL (memory ran out)`,
  )
  await watcher.hears('d', 'started', 2)
  await watcher.end()
  const { stdout } = await rig.daemonctl(['history', 'd', '--json'])
  const { entries } = (JSON.parse(stdout) as { daemons: [{ entries: { verb: string; 'out-of-memory': boolean }[] }] })
    .daemons[0]
  expect(entries.some(({ verb, 'out-of-memory': ranOut }) => verb === 'watch' && ranOut)).toBe(true)
})

import { chmodSync } from 'node:fs'
import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, isAlive, kill, lives, runHelper, scenario, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** A world that does not go along: no room, no right to write, clocks that jump. Daemons are kept up all the same. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }
const SOON = { delay: '10ms', 'max-delay': '20ms', burst: 1000 }

function processOf(rig: Rig, name = 'd'): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

/** Mounts something, and takes it away when the scenario is over. */
async function mounted(rig: Rig, words: readonly string[], at: string, body: () => Promise<void>): Promise<void> {
  runHelper(['mount', ...words, at], rig.directory)
  try {
    await body()
  } finally {
    // Whoever still has a file open there keeps it until then.
    runHelper(['umount', '--lazy', at], rig.directory)
  }
}

const ROOT = { root: true, needs: ['mount', 'umount'], seconds: 90 }

scenario(
  'a full state directory: what dies comes back; a stop that cannot be made durable is not begun',
  ROOT,
  async (rig) => {
    const state = rig.path('state')
    await mounted(rig, ['-t', 'tmpfs', '-o', 'size=64k', 'none'], state, async () => {
      rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl'), respawn: SOON })
      const watcher = await watch(rig)
      fill(rig, state)
      for (let round = 2; round <= 4; round += 1) {
        kill(processOf(rig), 'SIGKILL')
        await watcher.hears('d', 'started', round)
      }
      expect(isAlive(rig.pid('d'))).toBe(true)
      // A wish that cannot be written is not carried out: a later watcher would not know of it.
      const before = processOf(rig)
      const stopped = await rig.daemonctl(['stop', 'd'])
      expect(stopped.status).toBe(1)
      expect(stopped.stderr).toMatch(/no space left/i)
      expect(lives(before)).toBe(true)
      await watcher.end()
      expect(lives(before)).toBe(true)
    })
  },
)

function fill(rig: Rig, directory: string): void {
  runHelper(['/bin/sh', '-c', `cat /dev/zero >${directory}/ballast 2>/dev/null; true`], rig.directory)
}

/** Nothing can be made or removed in it any more; what is there stays as it is. */
const freeze = (rig: Rig): void =>
  ['run', 'run/records', 'run/watch'].forEach((name) => chmodSync(rig.path(name), 0o555))
const thaw = (rig: Rig): void => ['run', 'run/records', 'run/watch'].forEach((name) => chmodSync(rig.path(name), 0o755))

scenario(
  'a runtime directory that is closed: nothing is lost, and it goes on when it can',
  { as: 'nobody' },
  async (rig) => {
    rig.define('dies', { ...QUICK, command: rig.fixture('obedient.pl', 'dies'), respawn: SOON })
    rig.define('lives', { ...QUICK, command: rig.fixture('obedient.pl', 'lives'), respawn: SOON })
    const watcher = await watch(rig)
    const untouched = processOf(rig, 'lives')
    freeze(rig)
    kill(processOf(rig, 'dies'), 'SIGKILL')
    expect((await watcher.hears('dies', 'start-failed')).message).toMatch(/permission denied/i)
    expect(lives(untouched)).toBe(true)
    thaw(rig)
    await watcher.hears('dies', 'started', 2)
    expect(rig.copies('obedient.pl dies').map(({ pid }) => pid)).toEqual([rig.pid('dies')])
    await watcher.end()
    expect(lives(untouched)).toBe(true)
  },
)

scenario(
  'a runtime directory that cannot be written at all: the watcher says so and does not begin',
  ROOT,
  async (rig) => {
    const run = rig.path('run')
    await mounted(rig, ['-t', 'tmpfs', '-o', 'ro', 'none'], run, async () => {
      rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl') })
      const watcher = await rig.daemonctl(['watch'])
      expect(watcher.status).toBe(4)
      expect(watcher.stderr).toMatch(/read-only/i)
      expect(rig.copies('obedient.pl')).toEqual([])
    })
  },
)

/** Has Node's wall clock differ from the real one by what is in a file; the monotonic one is left alone. */
const WRONG_CLOCK = `
const { readFileSync } = require('node:fs')
const real = Date.now
const off = () => { try { return Number(readFileSync(process.env.CLOCK_OFF, 'utf8')) } catch { return 0 } }
Date.now = () => real() + off()
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...words) { if (words.length === 0) super(RealDate.now()); else super(...words) }
}
`

scenario('a wall clock that jumps: delays, limits and wishes go by the clock that does not', async (rig) => {
  const preload = rig.write(rig.path('wrong-clock.cjs'), WRONG_CLOCK)
  const off = rig.path('clock-off')
  const env = { NODE_OPTIONS: `--require=${preload}`, CLOCK_OFF: off }
  const day = 24 * 60 * 60 * 1000
  rig.define('d', {
    ...QUICK,
    command: rig.fixture('obedient.pl', 'd'),
    respawn: { delay: '2s', factor: 1, jitter: 0, 'max-delay': '2s', 'reset-after': '1h', burst: 1000 },
  })
  rig.define('old', { ...QUICK, command: rig.fixture('obedient.pl', 'old'), health: { 'max-age': '1h' } })
  rig.define('held', {
    ...QUICK,
    command: rig.fixture('exits-after.pl', 20, 7),
    respawn: { delay: '10ms', burst: 1, 'cool-down': '1h' },
  })
  const watcher = await watch(rig, [], { env })
  await watcher.phase('held', 'cooling-down')
  const old = processOf(rig, 'old')
  kill(processOf(rig), 'SIGKILL')
  await watcher.hears('d', 'started', 2)
  for (const jump of [day, -day, 0]) {
    const [ends, starts] = [watcher.count('d', 'ended'), watcher.count('d', 'started')]
    kill(processOf(rig), 'SIGKILL')
    expect((await watcher.hears('d', 'ended', ends + 1)).message).toMatch(/started again in 2 s/)
    const began = performance.now()
    rig.write(off, String(jump))
    await watcher.hears('d', 'started', starts + 1)
    // Not at once, and not in a day.
    expect(performance.now() - began).toBeGreaterThan(500)
    // An operator's wish counts, however old or young it seems.
    expect((await rig.daemonctl(['stop', 'd'], { env })).status).toBe(0)
    await watcher.phase('d', 'down')
    expect((await rig.daemonctl(['start', 'd'], { env })).status).toBe(0)
    await watcher.phase('d', 'up')
    // After it was started by hand the first end is followed by a start at once: the next one has to wait again.
    const again = watcher.count('d', 'started')
    kill(processOf(rig), 'SIGKILL')
    await watcher.hears('d', 'started', again + 1)
  }
  expect(lives(old)).toBe(true)
  expect((await watcher.told('held')).phase).toBe('cooling-down')
  await watcher.end()
  // The next watcher, a day earlier.
  rig.write(off, String(-day))
  const next = await watch(rig, [], { env })
  expect(await next.phases()).toEqual({ d: 'up', old: 'up', held: 'cooling-down' })
  expect(lives(old)).toBe(true)
  await next.end()
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, kill, lives, scenario, seeded, SOAK, type Fields, type Rig } from './rig.ts'
import { rememberedRespawns, watch } from './watching.ts'

/**
 * P4, P8: the watcher is killed with -9 again and again, at any moment, while its daemons die, start and write. None
 * is lost, none is doubled, those that do not die are not touched, and what was counted goes on.
 */
const ROUNDS = SOAK ? 500 : 15
const SECONDS = SOAK ? 3000 : 150

const RESPAWN = { delay: '5ms', 'max-delay': '20ms', burst: 1_000_000, 'reset-after': '1m' }

interface Kind {
  readonly name: string
  /** Within how many milliseconds it ends by itself; 0: it does not. */
  readonly ends: number
  readonly fields?: Fields
  readonly forks?: boolean
}

const KINDS: readonly Kind[] = [
  { name: 'steady', ends: 0 },
  { name: 'steady-forking', ends: 0, forks: true },
  { name: 'captured', ends: 0, fields: { log: { capture: true } } },
  { name: 'dying', ends: 300 },
  { name: 'dying-soon', ends: 60 },
  { name: 'dying-forking', ends: 200, forks: true },
  { name: 'dying-captured', ends: 200, fields: { log: { capture: true } } },
]

/** What the command lines of its processes have, and no others. */
const mark = (name: string): string => `=${name}=`

const STEADY = KINDS.filter(({ ends }) => ends === 0).map(({ name }) => name)

function define(rig: Rig, { name, ends, fields, forks }: Kind): void {
  const words = [mark(name), ends, rig.path(`${name}.counter`), ...(forks === true ? [rig.pidfile(name)] : [])]
  rig.define(name, {
    ...(forks === true ? { type: 'forking' } : {}),
    command: rig.fixture('lives-a-while.pl', ...words),
    start: { settle: '1ms' },
    stop: { schedule: 'TERM/10/KILL/5' },
    respawn: RESPAWN,
    environment: { WITNESS: rig.path(name), OWN_LOG: rig.path('log', `${name}.log`) },
    ...fields,
  })
}

scenario(`P4 P8 the watcher is killed with -9 ${ROUNDS} times under load`, { seconds: SECONDS }, async (rig) => {
  const chance = seeded(20261121)
  for (const kind of KINDS) define(rig, kind)
  rig.define('stopped', { command: rig.fixture('obedient.pl', mark('stopped')), respawn: RESPAWN })
  expect((await rig.daemonctl(['start', ...STEADY, 'stopped'])).status).toBe(0)
  expect((await rig.daemonctl(['stop', 'stopped'])).status).toBe(0)
  const steady = STEADY.map((name) => processOf(rig, name))
  const counted = new Map<string, number>()

  for (let round = 0; round < ROUNDS; round += 1) {
    const watcher = await watch(rig, [], { ready: round % 3 === 0 })
    // Chance decides where it is hit: in its first look, in a start, in a wait, with a verb under way.
    await sleep(round % 3 === 0 ? chance(150) : 40 + chance(250))
    const verb = round % 4 === 1 ? rig.daemonctl(['restart', 'dying', '--lock-timeout', '50s']) : undefined
    if (round % 2 === 0) killSomeone(rig, chance)
    if (verb !== undefined) await sleep(chance(150))
    watcher.kill('SIGKILL')
    expect((await watcher.outcome).stderr).toBe('')
    await verb
    expect(steady.map(lives)).toEqual(steady.map(() => true))
    for (const { name } of KINDS) {
      const respawns = rememberedRespawns(rig, name)
      expect(respawns, `respawns of ${name}`).toBeGreaterThanOrEqual(counted.get(name) ?? 0)
      counted.set(name, respawns)
    }
  }

  const last = await watch(rig)
  for (const { name, ends } of KINDS) {
    // What dies soon is not up for long enough to be found so.
    if (ends === 0) await last.phase(name, 'up')
    else await last.hears(name, 'started')
    expect(rig.read(rig.path(`${name}.overlap`)), `two of ${name}`).toBe('')
    expect(rig.copies(mark(name)).length, name).toBeLessThanOrEqual(1)
  }
  expect(rig.copies(mark('stopped'))).toEqual([])
  expect((await last.told('stopped')).phase).toBe('down')
  expect(steady.map(lives)).toEqual(steady.map(() => true))
  expect(STEADY.map((name) => births(rig, name))).toEqual(STEADY.map(() => 1))
  for (const name of STEADY) await goesOn(rig, name)
  expect(counted.get('dying')).toBeGreaterThan(ROUNDS / 4)
  await last.end()
})

function processOf(rig: Rig, name: string): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

const births = (rig: Rig, name: string): number => rig.read(rig.path(`${name}.born`)).split('\n').length - 1

/** One of those that die anyway, in the same moment as the watcher. */
function killSomeone(rig: Rig, chance: (below: number) => number): void {
  const dying = KINDS.filter(({ ends }) => ends > 0)
  const name = dying[chance(dying.length)]?.name ?? ''
  const victim = rig.copies(mark(name)).find(({ name: program }) => program === 'perl')
  if (victim !== undefined) kill(victim, 'SIGKILL')
}

/** Every line is there once and in order, and more of them come. */
async function goesOn(rig: Rig, name: string): Promise<void> {
  const lines = (): readonly string[] => rig.log(name).split('\n').slice(0, -1)
  const before = lines()
  expect(before).toEqual(before.map((_, index) => `line ${index + 1}`))
  await rig.until(`${name} writes on`, () => lines().length > before.length)
}

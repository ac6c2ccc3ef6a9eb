import { watch as watchFiles } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { findProcess, kill, lives, scenario, seeded, SOAK, type Rig } from './rig.ts'
import { watch, type Watching } from './watching.ts'

/** P5: what is stopped stays stopped, whatever dies in the same millisecond; what is started is started once. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }
const SOON = { policy: 'always', delay: '1ms', 'max-delay': '1ms', jitter: 0, burst: 100_000 }
/** Of each of the two ways. */
const ROUNDS = SOAK ? 1000 : 15
const LANES = 3

const WHEN = ['at the wish', 'at the record', 'before', 'after'] as const

/** Stops it, kills it at about the same time, and sees that it stays down. */
async function stopAndKill(
  rig: Rig,
  watcher: Watching,
  name: string,
  chance: (below: number) => number,
): Promise<void> {
  const main = findProcess(rig.pid(name))
  if (main === undefined) throw new Error(`${name} does not run`)
  const strike = (): void => void kill(main, 'SIGKILL')
  const when = WHEN[chance(WHEN.length)] ?? 'before'
  const eyes =
    when === 'at the wish' || when === 'at the record' ? watchFiles(directoryOf(rig, when), strike) : undefined
  const stopping = rig.daemonctl(['stop', name])
  if (when === 'before') strike()
  // The time that the command needs to come to the point, roughly: every round hits another moment of it.
  if (when === 'after') await sleep(60 + chance(120)).then(strike)
  const stopped = await stopping
  eyes?.close()
  const told = await watcher.phase(name, 'down')
  expect([stopped.status, told.want], `${name} ${when}: ${stopped.stderr}`).toEqual([0, 'down'])
  expect(lives(main)).toBe(false)
  expect(rig.read(rig.pidfile(name))).toBe('')
}

const directoryOf = (rig: Rig, when: 'at the wish' | 'at the record'): string =>
  when === 'at the wish' ? rig.path('state', 'wishes') : rig.path('run', 'records')

for (const by of ['by the watcher', 'beside the watcher'] as const) {
  const title = `P5 stop and death in one millisecond, ${ROUNDS} times, ${by}: it stays stopped`
  scenario(title, { seconds: 60 + ROUNDS * 3 }, async (rig) => {
    const names = Array.from({ length: LANES }, (_, lane) => `d${lane}`)
    for (const name of names) {
      rig.define(name, {
        ...QUICK,
        command: rig.fixture('obedient.pl', name),
        respawn: SOON,
        environment: { WITNESS: rig.path(name) },
      })
    }
    const watcher = await watch(rig)
    if (by === 'beside the watcher') watcher.hide()
    await Promise.all(
      names.map(async (name, lane) => {
        const chance = seeded(lane + 1)
        for (let round = lane; round < ROUNDS; round += LANES) {
          await stopAndKill(rig, watcher, name, chance)
          expect(rig.copies(`obedient.pl ${name}`)).toEqual([])
          await watcher.perform('start', name)
          await watcher.phase(name, 'up')
        }
      }),
    )
    expect(rig.copies('obedient.pl')).toHaveLength(LANES)
    for (const name of names) expect(rig.read(rig.path(`${name}.overlap`))).toBe('')
    await watcher.end()
  })
}

scenario('P5 a stop while it is being started: it stays stopped', async (rig) => {
  for (const way of ['watched', 'beside'] as const) {
    rig.define(way, {
      command: rig.fixture('makes-a-file.pl', rig.path(`${way}.ready`), 1500),
      start: { ready: { file: rig.path(`${way}.ready`) }, timeout: '20s' },
      stop: { schedule: 'TERM/10/KILL/5' },
      respawn: SOON,
    })
  }
  const watcher = await watch(rig, [], { ready: false })
  await rig.until('both are being started', () => rig.copies('makes-a-file.pl').length === 2)
  expect(await watcher.phases()).toEqual({ watched: 'starting', beside: 'starting' })
  const watched = rig.daemonctl(['stop', 'watched'])
  await watcher.hears('watched', 'wished')
  watcher.hide()
  const beside = rig.daemonctl(['stop', 'beside'])
  expect([(await watched).status, (await beside).status]).toEqual([0, 0])
  await watcher.phase('watched', 'down')
  await watcher.phase('beside', 'down')
  expect(rig.copies('makes-a-file.pl')).toEqual([])
  expect((await watcher.list()).map(({ want }) => want)).toEqual(['down', 'down'])
  await watcher.end()
})

for (const way of ['by the watcher', 'beside the watcher'] as const) {
  scenario(`stop while backing off and cooling down, and start while backing off (${way})`, async (rig) => {
    const respawn = { delay: '10m', 'max-delay': '10m', burst: 100 }
    for (const name of ['stopped', 'started']) {
      rig.define(name, { ...QUICK, command: rig.fixture('obedient.pl', name), respawn })
    }
    rig.define('cooled', {
      ...QUICK,
      command: rig.fixture('obedient.pl', 'cooled'),
      respawn: { ...respawn, burst: 1, 'cool-down': '10m' },
    })
    const watcher = await watch(rig)
    if (way === 'beside the watcher') watcher.hide()
    for (const name of ['stopped', 'started', 'cooled']) {
      const held = name === 'cooled' ? 'cooling-down' : 'backing-off'
      for (let death = 1; (await watcher.told(name)).phase === 'up'; death += 1) {
        const main = findProcess(rig.pid(name))
        if (main !== undefined) kill(main, 'SIGKILL')
        const { message } = await watcher.hears(name, 'ended', death)
        if (message.endsWith('at once')) await watcher.hears(name, 'started', death + 1)
      }
      expect((await watcher.told(name)).phase).toBe(held)
    }
    expect(rig.copies('obedient.pl')).toEqual([])

    expect((await rig.daemonctl(['stop', 'stopped', 'cooled'])).status).toBe(0)
    expect([(await watcher.phase('stopped', 'down')).want, (await watcher.phase('cooled', 'down')).want]).toEqual([
      'down',
      'down',
    ])
    const before = (await watcher.told('started')).respawns
    expect((await rig.daemonctl(['start', 'started'])).status).toBe(0)
    const after = await watcher.phase('started', 'up')
    expect([after.pid, after.respawns]).toEqual([rig.pid('started'), before])
    expect(rig.copies('obedient.pl').map(({ pid }) => pid)).toEqual([rig.pid('started')])
    await watcher.end()
  })

  scenario(`restart and reload while watched: one copy, and no respawn (${way})`, async (rig) => {
    rig.define('d', {
      ...QUICK,
      command: rig.fixture('obedient.pl'),
      respawn: SOON,
      environment: { WITNESS: rig.path('witness') },
    })
    rig.define('forking', {
      ...QUICK,
      type: 'forking',
      command: rig.fixture('forks-twice.pl', rig.pidfile('forking')),
      respawn: SOON,
      environment: { WITNESS: rig.path('forking') },
    })
    const watcher = await watch(rig)
    if (way === 'beside the watcher') watcher.hide()
    const before = await watcher.told('d')
    expect((await rig.daemonctl(['reload', 'd'])).status).toBe(0)
    expect((await watcher.told('d')).pid).toBe(before.pid)
    const rounds = 4
    for (let round = 0; round < rounds; round += 1) {
      const verb = round % 2 === 0 ? 'restart' : 'condrestart'
      expect((await rig.daemonctl([verb, 'd', 'forking'])).status).toBe(0)
    }
    for (const [name, births] of [
      ['d', 'witness.born'],
      ['forking', 'forking.born'],
    ] as const) {
      const told = await watcher.phase(name, 'up')
      expect([told.pid, told.want, told.respawns]).toEqual([rig.pid(name), 'up', 1])
      expect(rig.read(rig.path(births)).trim().split('\n')).toHaveLength(rounds + 1)
    }
    expect(rig.read(rig.path('witness.overlap')) + rig.read(rig.path('forking.overlap'))).toBe('')
    expect(rig.copies('.pl')).toHaveLength(2)
    // It is still watched: the new process as the old one.
    const main = findProcess(rig.pid('d'))
    if (main !== undefined) kill(main, 'SIGKILL')
    await watcher.reads('d', /was killed by SIGKILL/)
    await watcher.phase('d', 'up')
    await watcher.end()
  })
}

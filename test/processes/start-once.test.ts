import { expect } from 'vitest'
import { scenario, SOAK, type Rig } from './rig.ts'

/** M1, P2: however many starts run at once, exactly one daemon runs. */
const ROUNDS = SOAK ? 200 : 5
const AT_ONCE = 20

async function manyStarts(rig: Rig, name: string, fixture: string): Promise<void> {
  const pids = new Set<number>()
  for (let round = 1; round <= ROUNDS; round += 1) {
    const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => rig.daemonctl(['start', name])))
    expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(AT_ONCE).fill(0))
    const started = outcomes.filter((outcome) => !outcome.stdout.includes('already running'))
    expect(started, `round ${round}`).toHaveLength(1)
    const copies = rig.copies(fixture)
    expect(copies.map((copy) => copy.pid)).toEqual([rig.pid(name)])
    pids.add(rig.pid(name))
    expect((await rig.daemonctl(['stop', name])).status).toBe(0)
    expect(rig.copies(fixture)).toEqual([])
  }
  expect(pids.size).toBe(ROUNDS)
  expect(rig.read(rig.path('witness.born')).trim().split('\n')).toHaveLength(ROUNDS)
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
}

scenario(`M1 ${AT_ONCE} starts at once give one daemon (simple)`, { seconds: 3 * ROUNDS + 60 }, async (rig) => {
  rig.define('one', {
    command: rig.fixture('obedient.pl'),
    start: { settle: '10ms' },
    environment: { WITNESS: rig.path('witness') },
  })
  await manyStarts(rig, 'one', 'obedient.pl')
})

scenario(`M1 ${AT_ONCE} starts at once give one daemon (forking)`, { seconds: 3 * ROUNDS + 60 }, async (rig) => {
  rig.define('one', {
    type: 'forking',
    command: rig.fixture('forks-twice.pl', rig.pidfile('one')),
    start: { settle: '10ms' },
    environment: { WITNESS: rig.path('witness') },
  })
  await manyStarts(rig, 'one', 'forks-twice.pl')
})

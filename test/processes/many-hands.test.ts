import { expect } from 'vitest'
import { scenario, seeded, SOAK, type Fields, type Rig } from './rig.ts'

const HANDS = 8
const EACH = SOAK ? 40 : 5

interface History {
  readonly daemons: readonly { readonly entries: readonly { readonly verb: string; readonly result: string }[] }[]
}

async function lastOfHistory(rig: Rig): Promise<{ readonly verb: string; readonly result: string }> {
  const { stdout } = await rig.daemonctl(['history', 'd', '--json'])
  const last = (JSON.parse(stdout) as History).daemons[0]?.entries.at(-1)
  if (last === undefined) throw new Error('there is no history')
  return last
}

/** Start, stop and restart by chance from many hands: never two alive, and the last verb decides. */
async function manyHands(rig: Rig, fields: Fields): Promise<void> {
  rig.define('d', {
    ...fields,
    start: { settle: '10ms' },
    stop: { schedule: 'TERM/10/KILL/5' },
    environment: { WITNESS: rig.path('witness') },
  })
  const hand = async (number: number): Promise<void> => {
    const chance = seeded(7919 * number)
    for (let turn = 0; turn < EACH; turn += 1) {
      const verb = ['start', 'stop', 'restart', 'condrestart'][chance(4)] ?? 'start'
      const outcome = await rig.daemonctl([verb, 'd', '--lock-timeout', '50s'])
      expect(outcome.status, `${outcome.command}: ${outcome.stderr}`).toBe(0)
    }
  }
  await Promise.all(Array.from({ length: HANDS }, (_, number) => hand(number + 1)))
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
  const last = await lastOfHistory(rig)
  expect(last.result).not.toBe('failed')
  const { condition, wanted } = await rig.status('d')
  if (last.verb === 'condrestart') expect(['running', 'stopped']).toContain(condition)
  else expect([condition, wanted]).toEqual(last.verb === 'stop' ? ['stopped', 'down'] : ['running', 'up'])
  expect(rig.copies('.pl')).toHaveLength(condition === 'running' ? 1 : 0)
}

const seconds = SOAK ? 600 : 120

scenario('M7 P2 verbs at random from 8 hands: never two alive, the last verb decides (simple)', { seconds }, (rig) =>
  manyHands(rig, { command: rig.fixture('obedient.pl') }),
)

scenario('M7 P2 verbs at random from 8 hands: never two alive, the last verb decides (forking)', { seconds }, (rig) =>
  manyHands(rig, { type: 'forking', command: rig.fixture('forks-twice.pl', rig.pidfile('d')) }),
)

scenario('M7 50 restarts of a port holder: the port is always free again', { seconds: 120 }, async (rig) => {
  const port = await rig.freePort()
  rig.define('d', {
    command: rig.fixture('port-holder.pl', port),
    start: { ready: { tcp: `127.0.0.1:${port}` } },
    environment: { WITNESS: rig.path('witness') },
  })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const pids = new Set([rig.pid('d')])
  for (let round = 0; round < 50; round += 1) {
    const restarted = await rig.daemonctl(['restart', 'd'])
    expect(restarted.status, restarted.stderr).toBe(0)
    pids.add(rig.pid('d'))
  }
  expect(pids.size).toBe(51)
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
  expect(rig.log('d')).not.toContain('in use')
  expect(rig.copies('port-holder.pl').map(({ pid }) => pid)).toEqual([rig.pid('d')])
})

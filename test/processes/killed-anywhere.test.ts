import { expect, test } from 'vitest'
import { obstacle, seeded, skip, SOAK, withRig, type Fields, type Outcome, type Rig } from './rig.ts'

/**
 * P3: kill -9 of daemonctl before and after each effect of each verb leaves a state from which the next command
 * recovers by itself, without a second copy and without touching a stranger.
 */
interface Case {
  readonly verb: string
  readonly words: readonly string[]
  readonly type: 'simple' | 'forking'
  /** Whether the daemon runs before the verb that is killed. */
  readonly running: boolean
  /** Every point, or a third of them by chance. */
  readonly thorough: boolean
}

const CASES: readonly Case[] = [
  { verb: 'start', words: ['start', 'd'], type: 'simple', running: false, thorough: true },
  { verb: 'start', words: ['start', 'd'], type: 'forking', running: false, thorough: true },
  { verb: 'stop', words: ['stop', 'd'], type: 'simple', running: true, thorough: true },
  { verb: 'stop', words: ['stop', 'd'], type: 'forking', running: true, thorough: false },
  { verb: 'restart', words: ['restart', 'd'], type: 'simple', running: true, thorough: false },
  { verb: 'restart', words: ['restart', 'd'], type: 'forking', running: true, thorough: false },
  { verb: 'condrestart', words: ['condrestart', 'd'], type: 'simple', running: true, thorough: false },
  { verb: 'reload', words: ['reload', 'd'], type: 'simple', running: true, thorough: false },
  { verb: 'force-reload', words: ['force-reload', 'd'], type: 'forking', running: true, thorough: false },
  { verb: 'pause', words: ['pause', 'd'], type: 'simple', running: true, thorough: false },
  { verb: 'signal', words: ['signal', 'd', 'USR1'], type: 'simple', running: true, thorough: false },
  { verb: 'run', words: ['run', 'd'], type: 'simple', running: false, thorough: false },
]

const AT_ONCE = 3

for (const one of CASES) {
  const title = `P3 kill -9 at every effect of ${one.verb} (${one.type})`
  const why = obstacle({ needs: ['perl'] })
  if (why !== undefined) skip(title, why)
  else test.concurrent(title, { timeout: SOAK ? 1_800_000 : 600_000 }, () => killEverywhere(one))
}

async function killEverywhere(one: Case): Promise<void> {
  const count = await countEffects(one)
  expect(count).toBeGreaterThan(2)
  const chance = seeded(one.words.join().length)
  const points = Array.from({ length: count }, (_, index) => index + 1)
    .flatMap((number) => [`${number}:before`, `${number}:after`])
    .flatMap((fault) => [{ fault, next: 'start' } as const, { fault, next: 'stop' } as const])
    .filter(() => SOAK || one.thorough || chance(3) === 0)
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      const { fault, next } = point
      await withRig({}, (rig) => killAt(rig, one, fault, next)).catch((error: unknown) => {
        points.length = 0
        if (error instanceof Error) error.message = `killed at ${fault}, then ${next}: ${error.message}`
        throw error
      })
    }
  })
  // Whoever is still at work ends what it has begun, whatever has become of the others.
  await Promise.allSettled(workers)
  await Promise.all(workers)
}

async function countEffects(one: Case): Promise<number> {
  let count = 0
  await withRig({}, async (rig) => {
    await prepare(rig, one)
    const outcome = await perform(rig, one, 'count')
    count = Number(/effects: (\d+)/.exec(outcome.stderr)?.[1] ?? 0)
  })
  return count
}

async function killAt(rig: Rig, one: Case, fault: string, next: 'start' | 'stop'): Promise<void> {
  await prepare(rig, one)
  const stranger = await rig.stranger()
  const killed = await perform(rig, one, fault)
  expect(killed.signal).toBe('SIGKILL')

  if (next === 'start') {
    const started = await rig.daemonctl(['start', 'd'])
    expect(started.status).toBe(0)
    expect(daemons(rig)).toEqual([rig.pid('d')])
  }
  const stopped = await rig.daemonctl(['stop', 'd'])
  expect(stopped.status).toBe(0)
  expect(rig.processes().map(({ pid }) => pid)).toEqual([stranger.pid])
  expect([rig.read(rig.pidfile('d')), rig.read(rig.record('d')), rig.read(rig.path('subsys'))]).toEqual(['', '', ''])
  expect((await rig.status('d')).exit).toBe(3)
  expect(rig.read(rig.path('witness.overlap'))).toBe('')
  expect(stranger.signals()).toEqual([])
}

const daemons = (rig: Rig): readonly number[] => rig.copies('witnessed').map(({ pid }) => pid)

async function prepare(rig: Rig, { type, running }: Case): Promise<void> {
  const simple: Fields = { command: rig.fixture('obedient.pl', 'witnessed') }
  const forking: Fields = { type, command: rig.fixture('forks-twice.pl', rig.pidfile('d'), 'witnessed') }
  rig.define('d', {
    ...(type === 'simple' ? simple : forking),
    'config-test': ['/bin/true'],
    'lock-file': rig.path('subsys'),
    start: { settle: '10ms', timeout: '10s' },
    stop: { schedule: 'TERM/5/KILL/5' },
    environment: { WITNESS: rig.path('witness') },
  })
  if (running) expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
}

/** `run` goes on until its daemon ends; so that its last effects are reached, the daemon is asked to. */
async function perform(rig: Rig, { verb, words }: Case, fault: string): Promise<Outcome> {
  const { child, outcome } = rig.begin(words, { fault })
  if (verb !== 'run') return outcome
  let ended = false
  child.once('exit', () => (ended = true))
  await rig.until('it runs or was killed', () => ended || rig.read(rig.path('witness.born')) !== '')
  if (!ended && daemons(rig).length > 0) child.kill('SIGTERM')
  return outcome
}

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SCENARIOS, simulate, simulated } from '../../../src/decide/watch/simulate.ts'
import { DEFAULTS } from '../../../src/definition/defaults.ts'
import { blocks, read } from '../../docs/pages.ts'
import { settings, soak } from '../../simulation/chance.ts'
import { policies } from './chance.ts'
import { health, policy } from './given.ts'

const usual = { respawn: DEFAULTS.respawn, health: undefined }

const CRASH_LOOP = `
      0.0 s  it ended with exit status 1 after 1 h: it is started again at once
      1.0 s  it ended with exit status 1 after 1 s: it is started again in 100 ms
      2.1 s  it ended with exit status 1 after 1 s: it is started again in 200 ms
      3.3 s  it ended with exit status 1 after 1 s: it is started again in 400 ms
      4.7 s  it ended with exit status 1 after 1 s: it is started again in 800 ms
      6.5 s  it ended with exit status 1 after 1 s: it was started 5 times in 1 min, the next start is in 5 min
  5 min 6 s  its cool-down is over, it is started again
  5 min 7 s  it ended with exit status 1 after 1 s: it is started again in 1.6 s
 5 min 10 s  it ended with exit status 1 after 1 s: it is started again in 3.2 s
 5 min 14 s  it ended with exit status 1 after 1 s: it is started again in 6.4 s
 5 min 21 s  it ended with exit status 1 after 1 s: it is started again in 13 s
 5 min 35 s  it ended with exit status 1 after 1 s: it was started 5 times in 1 min, the next start is in 5 min
10 min 35 s  its cool-down is over, it is started again
10 min 36 s  it ended with exit status 1 after 1 s: it is started again in 26 s
 11 min 3 s  it ended with exit status 1 after 1 s: it is started again in 30 s
11 min 34 s  it ended with exit status 1 after 1 s: it is started again in 30 s
 12 min 5 s  it ended with exit status 1 after 1 s: it is started again in 30 s
        ...  and so on
(jitter: each delay before a start is up to 10 % shorter, by chance)
`

/** A timeline as it is printed, so that it can be compared as a whole. */
const printed = (lines: readonly string[]): string => `\n${lines.join('\n')}\n`

describe('by default', () => {
  test('crash-loop', () => {
    expect(printed(simulate(usual, 'crash-loop'))).toBe(CRASH_LOOP)
  })

  test('crash-loop is in docs/watch.md', () => {
    expect(blocks(read('docs/watch.md'), 'text')).toContain(CRASH_LOOP.slice(1))
  })

  test('crash-once', () => {
    expect(printed(simulate(usual, 'crash-once'))).toBe(`
 0.0 s  it ended with exit status 1 after 1 h: it is started again at once
 0.0 s  it is up again
10.0 s  it has run for 10 s: what was before is forgotten
`)
  })

  test('exit-0', () => {
    expect(simulate(usual, 'exit-0')).toEqual([
      '0.0 s  it ended with exit status 0 after 1 h: its respawn policy leaves it down',
    ])
  })

  test('hang', () => {
    expect(printed(simulate(usual, 'hang'))).toBe(`
0.0 s  it hangs: it runs, and answers nothing
0.0 s  nothing notices that: its definition has no health.probe
`)
  })

  test('flapping', () => {
    expect(printed(simulate(usual, 'flapping'))).toBe(`
     0.0 s  it ended with exit status 1 after 1 h: it is started again at once
    10.0 s  it ended with exit status 1 after 10 s: it is started again at once
    20.0 s  it ended with exit status 1 after 10 s: it is started again at once
    30.0 s  it ended with exit status 1 after 10 s: it is started again at once
    40.0 s  it ended with exit status 1 after 10 s: it is started again at once
    50.0 s  it ended with exit status 1 after 10 s: it was started 5 times in 1 min, the next start is in 5 min
5 min 50 s  its cool-down is over, it is started again
       ...  and so on
`)
  })
})

describe('by other policies', () => {
  test('hang, with a probe', () => {
    const lines = simulate(policy({ factor: 100, maxDelay: 10_000 }, {}), 'hang')
    expect(printed(lines)).toBe(`
     0.0 s  it hangs: it runs, and answers nothing
    15.0 s  its health probe failed (1 of 3): no answer in 5 s
    30.0 s  its health probe failed (2 of 3): no answer in 5 s
    45.0 s  its health probe failed (3 of 3): no answer in 5 s
    45.0 s  it is stopped and started again: no answer in 5 s
1 min 30 s  it is stopped and started again: no answer in 5 s
1 min 30 s  it was killed by SIGTERM: it is started again in 100 ms
2 min 15 s  it is stopped and started again: no answer in 5 s
2 min 15 s  it was killed by SIGTERM: it is started again in 10 s
       ...  and so on
`)
  })

  test('hang, of one that says by itself that it is well', () => {
    const tells = policy({}, { probe: { kind: 'notify' }, interval: 10_000, failures: 2 })
    expect(printed(simulate(tells, 'hang').slice(0, 4))).toBe(`
     0.0 s  it hangs: it runs, and answers nothing
    10.0 s  its health probe failed (1 of 2): it has not said WATCHDOG=1 within 10 s
    20.0 s  its health probe failed (2 of 2): it has not said WATCHDOG=1 within 10 s
    20.0 s  it is stopped and started again: it has not said WATCHDOG=1 within 10 s
`)
    expect(simulate(tells, 'crash-once').filter((line) => line.includes('WATCHDOG'))).toEqual([])
  })

  test('give-up', () => {
    expect(printed(simulate(policy({ giveUp: true, burst: 1 }), 'crash-loop'))).toBe(`
0.0 s  it ended with exit status 1 after 1 h: it is started again at once
1.0 s  it ended with exit status 1 after 1 s: too many starts and give-up is set, it stays down until somebody starts it
`)
  })

  test('stop-all', () => {
    expect(printed(simulate(policy({ onExit: 'stop-all' }), 'crash-once'))).toBe(`
0.0 s  it ended with exit status 1 after 1 h: its respawn policy leaves it down
0.0 s  its other instances are stopped as well (on-exit)
`)
  })

  test('never', () => {
    expect(simulate(policy({ policy: 'never' }), 'crash-loop')).toEqual([
      '0.0 s  it ended with exit status 1 after 1 h: its respawn policy leaves it down',
    ])
  })

  test('max-age: the daemon is younger than that when it hangs, and nothing but its age ends it', () => {
    const aged = { ...policy(), health: { ...health(), probe: undefined, maxAge: 40_000 } }
    expect(printed(simulate(aged, 'hang'))).toBe(`
 0.0 s  it hangs: it runs, and answers nothing
20.0 s  it is stopped and started again: it has reached its max-age
 1 min  it is stopped and started again: it has reached its max-age
   ...  and so on
`)
  })
})

test(
  'is bounded, in order, and the same each time, whatever the policy',
  { timeout: soak ? 1_000_000 : 20_000 },
  () => {
    fc.assert(
      fc.property(policies, fc.constantFrom(...SCENARIOS), (policy, scenario) => {
        const lines = simulate(policy, scenario)
        expect(lines.length).toBeGreaterThan(0)
        expect(lines.length).toBeLessThanOrEqual(41)
        for (const line of lines)
          expect(line).toMatch(/^(?: *\S+ (?:ms|s|min|h|d)(?: \d+ \S+)? {2}\S| *\.{3} {2}and so on$|\(jitter: )/)
        expect(simulate(policy, scenario)).toEqual(lines)
        const told = simulated(policy, scenario)
        expect(told.length).toBeGreaterThan(0)
        expect(told.length).toBeLessThanOrEqual(lines.length)
        for (const [index, { text }] of told.slice(0, 30).entries()) expect(lines[index]).toContain(text)
      }),
      settings(300),
    )
  },
)

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Exit } from '../../../src/decide/exit.ts'
import { draw } from '../../../src/decide/watch/chance.ts'
import {
  afterExit,
  countFailure,
  countStart,
  isWithinBurst,
  NO_TALLY,
  type Tally,
} from '../../../src/decide/watch/tally.ts'
import { settings, soak } from '../../simulation/chance.ts'
import { rules, tally } from './given.ts'

/** The delays of so many failures in a row. */
function delays(policy: ReturnType<typeof rules>, many: number, chance: (index: number) => number = () => 0): number[] {
  let now: Tally = NO_TALLY
  return Array.from({ length: many }, (_, index) => {
    const counted = countFailure(now, policy, chance(index))
    now = counted.tally
    return counted.delay
  })
}

describe('backoff', () => {
  test('by default: none, then 100 ms, doubled to half a minute', () => {
    expect(delays(rules(), 12)).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
  })

  test('factor 1: always the same', () => {
    expect(delays(rules({ delay: 500, factor: 1 }), 4)).toEqual([0, 500, 500, 500])
  })

  test('jitter takes up to its share away', () => {
    const half = rules({ delay: 1000, factor: 1, jitter: 0.5 })
    expect(delays(half, 2, () => 0)).toEqual([0, 1000])
    expect(delays(half, 2, () => 0.999_999)).toEqual([0, 500])
  })

  test('jitter makes no delay shorter than the one before it', () => {
    const chances = [0, 0, 0.1, 0.9, 0]
    const wild = rules({ delay: 1000, factor: 1, jitter: 1 })
    expect(delays(wild, 5, (index) => chances[index] ?? 0)).toEqual([0, 1000, 1000, 1000, 1000])
  })

  test('a lower max-delay of an edited definition holds at once', () => {
    expect(countFailure(tally({ failures: 9, lastDelay: 30_000 }), rules({ maxDelay: 2000 }), 0).delay).toBe(2000)
  })

  test.each([0, 100])('the 5,000th failure in a row, delay %i ms', (delay) => {
    expect(countFailure(tally({ failures: 5000 }), rules({ delay, factor: 100 }), 0).delay).toBe(delay && 30_000)
  })

  test('grows, is capped, and is a number, whatever the rules', { timeout: soak ? 1_000_000 : 20_000 }, () => {
    fc.assert(
      fc.property(
        fc.record({
          delay: fc.integer({ min: 0, max: 100_000 }),
          factor: fc.double({ min: 1, max: 100, noNaN: true }),
          more: fc.integer({ min: 0, max: 100_000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer(),
        ({ delay, factor, more, jitter }, seed) => {
          const all = delays(rules({ delay, factor, maxDelay: delay + more, jitter }), 60, (index) => {
            return draw(seed + index).chance
          })
          expect(all).toEqual(all.toSorted((a, b) => a - b))
          for (const one of all) expect(one >= 0 && one <= delay + more).toBe(true)
        },
      ),
      settings(300),
    )
  })
})

describe('the burst limit', () => {
  const five = rules({ burst: 5, interval: 60_000 })
  const started = (...at: number[]): Tally => at.reduce((now, time) => countStart(now, five, time), NO_TALLY)

  test.each([
    ['no start yet', started(), 0, true],
    ['four', started(0, 1, 2, 3), 4, true],
    ['five', started(0, 1, 2, 3, 4), 5, false],
    ['five, the first of them 59.999 s ago', started(0, 1, 2, 3, 4), 59_999, false],
    ['five, the first of them a minute ago', started(0, 1, 2, 3, 4), 60_000, true],
  ])('%s', (_, now, at, within) => {
    expect(isWithinBurst(now, five, at)).toBe(within)
  })

  test('old starts are forgotten, and respawns are not', () => {
    expect(started(0, 10, 60_000, 60_005)).toEqual({ ...NO_TALLY, starts: [10, 60_000, 60_005], respawns: 4 })
  })
})

describe('what an end calls for', () => {
  const code = (code: number): Exit => ({ kind: 'code', code })
  const signal = (signal: string): Exit => ({ kind: 'signal', signal })
  const unseen: Exit = { kind: 'unseen' }
  const own = { successExit: [3], preventExit: [4, 0] } as const

  test.each([
    ['exit status 0', code(0), {}, 'finished finished respawn'],
    ['exit status 1', code(1), {}, 'finished respawn respawn'],
    ['a status of success-exit', code(3), own, 'finished finished respawn'],
    ['a status of prevent-exit', code(4), own, 'prevented prevented prevented'],
    ['prevent-exit 0', code(0), own, 'prevented prevented prevented'],
    ['HUP', signal('HUP'), {}, 'finished finished respawn'],
    ['INT', signal('INT'), {}, 'finished finished respawn'],
    ['TERM', signal('TERM'), {}, 'finished finished respawn'],
    ['PIPE', signal('PIPE'), {}, 'finished finished respawn'],
    ['KILL', signal('KILL'), {}, 'finished respawn respawn'],
    ['SEGV', signal('SEGV'), {}, 'finished respawn respawn'],
    ['an end that nobody saw', unseen, own, 'finished respawn respawn'],
  ])('%s', (_, exit, more, wanted) => {
    const verdicts = (['never', 'on-failure', 'always'] as const).map((policy) =>
      afterExit(exit, rules({ policy, ...more })),
    )
    expect(verdicts.join(' ')).toBe(wanted)
  })
})

test('chance: the same seed gives the same numbers, and they are spread evenly', () => {
  const numbers = (seed: number): number[] => {
    let next = seed
    return Array.from({ length: 10_000 }, () => {
      const drawn = draw(next)
      next = drawn.seed
      return drawn.chance
    })
  }
  expect(numbers(7)).toEqual(numbers(7))
  expect(numbers(7)).not.toEqual(numbers(8))
  const tenths = Array.from<number>({ length: 10 }).fill(0)
  for (const chance of numbers(7)) tenths[Math.floor(chance * 10)]! += 1
  for (const many of tenths) expect(Math.abs(many - 1000)).toBeLessThan(150)
})

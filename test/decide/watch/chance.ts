import * as fc from 'fast-check'
import type { Policy } from '../../../src/decide/watch/state.ts'

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(usual, usual, ...others)

/** Every policy that a definition can have, the odd ones more often than people write them. */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    policy: fc.constantFrom('on-failure', 'always', 'on-failure', 'always', 'never'),
    delay: fc.constantFrom(0, 1, 100, 1000, 20_000),
    factor: fc.constantFrom(1, 1.5, 2, 100),
    longer: fc.constantFrom(0, 500, 30_000),
    jitter: fc.constantFrom(0, 0.1, 0.5, 1),
    resetAfter: fc.constantFrom(0, 200, 1000, 10_000),
    burst: fc.constantFrom(1, 2, 3, 5, 50),
    interval: fc.constantFrom(100, 2000, 60_000),
    coolDown: fc.constantFrom(0, 50, 5000, 300_000),
    giveUp: often(false, false, true),
    successExit: often<readonly number[]>([], [1]),
    preventExit: often<readonly number[]>([], [], [2]),
    onExit: often<'respawn' | 'stop-all'>('respawn', 'respawn', 'respawn', 'stop-all'),
    health: fc.option(
      fc.record({
        probe: fc.constantFrom(undefined, { kind: 'tcp', host: '', port: 1 } as const, { kind: 'notify' } as const),
        interval: fc.constantFrom(50, 1000, 10_000),
        timeout: fc.constantFrom(10, 500, 5000),
        failures: fc.constantFrom(1, 2, 3),
        successes: fc.constantFrom(1, 2),
        startPeriod: fc.constantFrom(0, 1000),
        maxRss: fc.constantFrom(undefined, 1000),
        maxAge: fc.constantFrom(undefined, undefined, 500, 100_000),
      }),
      { nil: undefined },
    ),
  })
  .map(({ health, longer, ...respawn }) => ({ respawn: { ...respawn, maxDelay: respawn.delay + longer }, health }))

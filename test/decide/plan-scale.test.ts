import { expect, test } from 'vitest'
import { planScale } from '../../src/decide/plan/plan-scale.ts'

test.each([
  ['more', { defined: 3, kept: undefined, strays: [] }, 5, { from: 3, stop: [], start: 5, number: 'write' }],
  [
    'fewer, the highest first',
    { defined: 5, kept: undefined, strays: [] },
    2,
    { from: 5, stop: [5, 4, 3], start: 2, number: 'write' },
  ],
  ['as many as are kept', { defined: 3, kept: 5, strays: [] }, 5, { from: 5, stop: [], start: 5, number: 'leave' }],
  // The definition may change, what an operator has said does not.
  [
    'as many as are defined',
    { defined: 3, kept: undefined, strays: [] },
    3,
    { from: 3, stop: [], start: 3, number: 'write' },
  ],
  ['back', { defined: 3, kept: 5, strays: [] }, 'as-defined', { from: 5, stop: [5, 4], start: 3, number: 'forget' }],
  [
    'back where nothing is kept',
    { defined: 3, kept: undefined, strays: [] },
    'as-defined',
    { from: 3, stop: [], start: 3, number: 'leave' },
  ],
  [
    'fewer, with one beyond all',
    { defined: 2, kept: 3, strays: [7] },
    1,
    { from: 3, stop: [7, 3, 2], start: 1, number: 'write' },
  ],
  [
    'more, with one that runs already and one beyond',
    { defined: 2, kept: 2, strays: [3, 9] },
    4,
    { from: 2, stop: [9], start: 4, number: 'write' },
  ],
] as const)('%s', (_what, numbers, wanted, { from, stop, start, number }) => {
  const plan = planScale(numbers, wanted)
  expect(plan).toEqual({
    from,
    to: start,
    stop: [...stop],
    start: Array.from({ length: start }, (_, index) => index + 1),
    number,
  })
})

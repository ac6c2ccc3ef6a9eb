import { expect, test } from 'vitest'
import { failure, type Reason } from '../../src/base/failure.ts'
import { exitStatusOf, worst } from '../../src/cli/exit-status.ts'

test.each<[Reason, number]>([
  ['failed', 1],
  ['timeout', 1],
  ['busy', 1],
  ['survivors', 1],
  ['unknown-condition', 1],
  ['usage', 2],
  ['unsupported', 3],
  ['not-permitted', 4],
  ['not-installed', 5],
  ['not-configured', 6],
  ['not-running', 7],
  ['interrupted', 130],
])('a failure for the reason "%s" exits with %d', (reason, status) => {
  expect(exitStatusOf(failure(reason, 'planning', 'x'))).toBe(status)
})

test('no failure exits with 0', () => {
  expect(exitStatusOf(undefined)).toBe(0)
})

test('of several daemons the worst counts', () => {
  expect([worst([]), worst([0, 0]), worst([0, 7, 1])]).toEqual([0, 0, 7])
})

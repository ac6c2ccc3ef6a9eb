import { expect, test } from 'vitest'
import { checksOf, hasFullMarks, marksOf, unplayed, verdictOn } from '../../../src/decide/conform/report.ts'
import { SCENARIOS } from '../../../src/decide/conform/scenarios.ts'
import { seen } from './given.ts'

const [sequence] = SCENARIOS
if (sequence === undefined) throw new Error('there is no scenario')
const [first] = checksOf(sequence)
if (first === undefined) throw new Error('there is no check')

test('a verdict names its check, the rule and what the script said', () => {
  const output = ['1', '2', '3', '4', '5', '6']
  expect(verdictOn(sequence, first, seen({ output }))).toEqual({
    id: 'status-stopped',
    scenario: 'sequence',
    title: 'status of what never ran is 3',
    result: 'failed',
    why: 'exit status 0 where 3 is right',
    rule: expect.stringContaining('3 it is not running'),
    said: ['2', '3', '4', '5', '6'],
  })
})

test('of what passed nothing more is said', () => {
  const verdict = verdictOn(sequence, first, seen({ exit: { kind: 'code', code: 3 } }))
  expect(verdict).toMatchObject({ result: 'passed', why: undefined, said: [] })
})

test('full marks: all that concerns the script was tested, and passed', () => {
  const passed = verdictOn(sequence, first, seen({ exit: { kind: 'code', code: 3 } }))
  const failed = verdictOn(sequence, first, seen())
  const untested = unplayed(sequence, [first], 'untested', 'no pidfile')
  const notApplicable = unplayed(sequence, [first], 'not-applicable', 'no such action')
  const full = (...verdicts: Parameters<typeof marksOf>[0][number][]): boolean => hasFullMarks(marksOf(verdicts))
  expect(full(passed)).toBe(true)
  expect(full(passed, ...notApplicable)).toBe(true)
  expect(full(passed, failed)).toBe(false)
  expect(full(passed, ...untested)).toBe(false)
  expect(full(...notApplicable)).toBe(false)
  expect(full()).toBe(false)
  expect(marksOf([passed, failed, ...untested, ...notApplicable])).toEqual({
    passed: 1,
    failed: 1,
    untested: 1,
    notApplicable: 1,
  })
})

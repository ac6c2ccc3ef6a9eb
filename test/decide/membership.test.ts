import { describe, expect, test } from 'vitest'
import { ancestryOf, descendantsOf, membersOf, relativesOutside, type Roots } from '../../src/decide/membership.ts'
import type { ProcessFacts } from '../../src/decide/process-facts.ts'
import { kin } from './given.ts'

const INIT = kin(1, 0, 1)
const SHELL = kin(50, 1, 50, 5, { terminal: 34_816 })

/** PIDs of those who belong, and after a "?" of those who may. */
function members(processes: readonly ProcessFacts[], roots: Partial<Roots>): string {
  const all = [INIT, SHELL, ...processes]
  const found = membersOf(all, { main: undefined, cgroup: undefined, session: undefined, ...roots })
  const pids = (list: readonly ProcessFacts[]): string =>
    list
      .map(({ pid }) => pid)
      .toSorted((a, b) => a - b)
      .join(' ')
  return found.likely.length === 0 ? pids(found.certain) : `${pids(found.certain)}? ${pids(found.likely)}`
}

const MAIN = kin(100, 1, 100)

describe('of a main process that leads its own session', () => {
  const roots = { main: MAIN }
  test.each<[string, ProcessFacts[], string]>([
    ['nobody else', [MAIN], ''],
    ['its children and theirs', [MAIN, kin(101, 100, 100), kin(102, 101, 100)], '101 102'],
    ['a child in a session of its own', [MAIN, kin(101, 100, 101), kin(102, 101, 101)], '101 102'],
    ['an orphan in its session', [MAIN, kin(101, 1, 100)], '101'],
    ['the child of an orphan in another session', [MAIN, kin(101, 1, 100), kin(102, 101, 102)], '101 102'],
    ['not a zombie', [MAIN, kin(101, 100, 100, 101, { state: 'Z' })], ''],
    ['not its parent, nor that one’s other children', [kin(90, 1, 90), kin(100, 90, 100), kin(91, 90, 90)], ''],
    ['not a stranger', [MAIN, kin(300, 1, 300), kin(301, 300, 300)], ''],
  ])('%s', (_, processes, expected) => {
    expect(members(processes, roots)).toBe(expected)
  })
})

describe('of a main process that leads no session', () => {
  const main = kin(102, 1, 101)
  test.each<[string, ProcessFacts, ProcessFacts[], string]>([
    ['forked twice: the leader is gone', main, [main, kin(103, 1, 101)], '103'],
    ['the same with a terminal: the session is a login', { ...main, terminal: 34_816 }, [main, kin(103, 1, 101)], ''],
    ['the leader lives and is a stranger', main, [kin(101, 1, 101), main, kin(103, 1, 101)], ''],
    ['the leader is a child of it', main, [main, kin(101, 102, 101), kin(103, 1, 101)], '101 103'],
    ['it was run on a terminal', kin(102, 50, 50), [kin(102, 50, 50), kin(103, 50, 50), kin(104, 102, 50)], '104'],
    ['it is in the session of init', kin(102, 1, 1), [kin(102, 1, 1), kin(103, 1, 1), kin(104, 102, 1)], '104'],
  ])('%s', (_, main, processes, expected) => {
    expect(members(processes, { main })).toBe(expected)
  })
})

describe('of a main process that is dead', () => {
  const session = { id: 100, leaderStartTime: 10_000 }
  test.each<[string, ProcessFacts[], Partial<Roots>, string]>([
    ['who is in the recorded session may belong to it', [kin(101, 1, 100)], { session }, '? 101'],
    [
      'nobody, once the number of the session is another leader’s',
      [kin(100, 1, 100, 900), kin(901, 100, 100)],
      { session },
      '',
    ],
    ['nobody who is older than the session', [kin(101, 1, 100, 99)], { session }, ''],
    [
      'who is in the cgroup belongs to it',
      [kin(101, 1, 300), kin(102, 1, 100)],
      { session, cgroup: [101] },
      '101? 102',
    ],
    ['nobody without a record', [kin(101, 1, 100)], {}, ''],
  ])('%s', (_, processes, roots, expected) => {
    expect(members(processes, roots)).toBe(expected)
  })
})

test('descendants are found in any order, and a circle of parents ends', () => {
  const circle = [kin(5, 7, 5), kin(6, 5, 5), kin(7, 6, 5)]
  expect(descendantsOf(circle, [5]).map(({ pid }) => pid)).toEqual([6, 7])
})

test('our own line: we, the shell that ran us, and who made it; not init', () => {
  expect([...ancestryOf([INIT, SHELL, kin(60, 50, 50), kin(61, 50, 50)], 60)]).toEqual([60, 50])
})

describe('what a main process has made before it came into its cgroup', () => {
  const outside = (processes: readonly ProcessFacts[], inside: readonly number[], bearers: readonly number[] = []) =>
    relativesOutside(processes, { main: 100, inside }, ({ pid }) => bearers.includes(pid)).map(({ pid }) => pid)

  test.each<[string, ProcessFacts[], number[], number[], number[]]>([
    ['nothing', [kin(300, 1, 300), kin(301, 300, 300)], [100], [], []],
    ['a child, and its child', [kin(101, 100, 100), kin(102, 101, 102)], [100], [], [101, 102]],
    ['not what is inside', [kin(101, 100, 100), kin(102, 101, 102)], [100, 101, 102], [], []],
    ['the child of one that is inside', [kin(102, 101, 102)], [100, 101], [], [102]],
    ['an orphan of its session', [kin(101, 1, 100)], [100], [], [101]],
    ['an orphan that bears its token', [kin(101, 1, 101), kin(102, 1, 102)], [100], [102], [102]],
  ])('%s', (_, processes, inside, bearers, expected) => {
    expect(outside(processes, inside, bearers)).toEqual(expected)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Candidate, Criteria } from '../../../src/decide/pattern/criteria.ts'
import { commandLine, select } from '../../../src/decide/pattern/select.ts'
import { terminalName } from '../../../src/decide/pattern/terminal-name.ts'
import { ANY, process } from './given.ts'

const SELF = { pid: 900, script: '/usr/lib/daemonctl/bin/run.js' }
const ours = process({
  pid: 900,
  parent: 899,
  name: 'node',
  argv: ['node', SELF.script, 'watch', '--pattern', 'my.php'],
})
const shell = process({ pid: 899, name: 'sh', argv: ['sh', '-c', 'daemonctl watch --pattern my.php'] })

const pids = (processes: readonly Candidate[], criteria: Partial<Criteria> = {}): readonly number[] =>
  select([ours, shell, ...processes], { ...ANY, ...criteria }, /my\.php/, SELF).map(({ pid }) => pid)

const main = process({ pid: 10 })
const worker = process({ pid: 11, parent: 10, session: 10, group: 10 })
const FULL = { full: true } as const

describe('what is meant', () => {
  test('the oldest stands for all', () => {
    expect(pids([worker, main])).toEqual([10, 11])
    expect(pids([worker, main], { only: 'oldest' })).toEqual([10])
    expect(pids([worker, main], { only: 'newest' })).toEqual([11])
  })

  test('started in the same tick, a parent is older than its child, whatever the numbers', () => {
    const late = process({ pid: 40, startTime: 7 })
    const early = process({ pid: 9, parent: 40, startTime: 7 })
    expect(pids([early, late], { only: 'oldest' })).toEqual([40])
    expect(pids([early, late], { only: 'newest' })).toEqual([9])
  })

  test('no zombie', () => {
    expect(pids([process({ pid: 10, state: 'Z' })])).toEqual([])
  })

  test('not we, who called us, another watcher, or who called that', () => {
    const other = process({
      pid: 20,
      parent: 19,
      name: 'node',
      argv: ['node', '/usr/bin/daemonctl', 'watch', 'my.php'],
    })
    const caller = process({ pid: 19, name: 'sh', argv: ['sh', '-c', 'daemonctl watch --pattern my.php'] })
    const sameScript = process({
      pid: 21,
      argv: ['node', '--no-warnings', SELF.script, 'watch', '--recover', 'my.php'],
    })
    expect(pids([other, caller, sameScript], FULL)).toEqual([])
  })

  test('an editor and a pager, unless something else is said', () => {
    const editor = process({
      pid: 12,
      name: 'vi',
      argv: ['vi', '/srv/my.php'],
      executable: '/usr/bin/vi',
      uid: 1000,
      effectiveUid: 1000,
      parent: 77,
    })
    const pager = process({
      ...editor,
      pid: 13,
      name: 'tail',
      argv: ['tail', '-f', '/var/log/my.php.log'],
      executable: '/usr/bin/tail',
    })
    expect(pids([editor, pager, main], FULL)).toEqual([10, 12, 13])
    expect(pids([editor, pager, main], { ...FULL, executable: '/usr/bin/php' })).toEqual([10])
    expect(pids([editor, pager, main], { ...FULL, euids: [33] })).toEqual([10])
    expect(pids([editor, pager, main], { ...FULL, parents: [1] })).toEqual([10])
  })

  test('what executes something that we may not see, for want of knowing better', () => {
    expect(pids([{ ...main, executable: undefined }], { ...FULL, executable: '/usr/bin/php' })).toEqual([10])
  })

  test('nothing is read where the cheap questions rule all out', () => {
    const secret = Object.defineProperty(process({ pid: 30, parent: 2 }), 'argv', {
      get: () => {
        throw new Error('read')
      },
    })
    expect(pids([secret, main], { ...FULL, parents: [5] })).toEqual([])
  })
})

test('a command line is as ps(1) writes it', () => {
  expect(commandLine({ argv: ['a', 'b c', 'd\ne\u001b'], name: 'a' })).toBe('a b c d e?')
  expect(commandLine({ argv: [], name: 'kthreadd' })).toBe('[kthreadd]')
})

test.each([
  [0, '?'],
  [34816, 'pts/0'],
  [34817, 'pts/1'],
  [35072, 'pts/256'],
  [1025, 'tty1'],
  [1088, 'ttyS0'],
  [1281, 'console'],
])('the terminal %d is %s', (device, name) => {
  expect(terminalName(device)).toBe(name)
})

const anyProcess = fc.record({
  pid: fc.integer({ min: 2, max: 40 }),
  parent: fc.integer({ min: 0, max: 40 }),
  startTime: fc.integer({ min: 0, max: 5 }),
  state: fc.constantFrom('S', 'R', 'Z'),
  name: fc.constantFrom('my.php', 'sh', 'node'),
  argv: fc.constantFrom(
    ['my.php'],
    ['node', '/usr/bin/daemonctl', 'watch', 'my.php'],
    ['sh', '-c', 'daemonctl my.php'],
    [],
  ),
})

test('never we, nor our ancestors, nor a watcher, in whatever world', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyProcess, { selector: ({ pid }) => pid, maxLength: 30 }),
      fc.integer({ min: 2, max: 40 }),
      fc.boolean(),
      fc.constantFrom(undefined, 'oldest' as const, 'newest' as const),
      (facts, self, full, only) => {
        const world = facts.map((one) => process(one))
        const parents = new Map(world.map(({ pid, parent }) => [pid, parent]))
        const found = select(world, { ...ANY, full, only }, /my\.php/, { pid: self, script: undefined })
        const line = new Set<number>()
        for (let at: number | undefined = self; at !== undefined && !line.has(at); at = parents.get(at)) line.add(at)
        expect(found.filter(({ pid }) => line.has(pid))).toEqual([])
        expect(found.filter(({ argv }) => argv[0] === 'node')).toEqual([])
        expect(found.filter(({ state }) => state === 'Z')).toEqual([])
        if (only !== undefined) expect(found.length).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 500 },
  )
})

test('of two that started in the same tick, the newest is that with the greatest PID, also beside a child of another', () => {
  const shell = process({ pid: 9, startTime: 100 })
  const child = process({ pid: 10, startTime: 100, parent: 9 })
  const other = process({ pid: 11, startTime: 100 })
  expect(pids([shell, child, other], { only: 'newest' })).toEqual([11])
})

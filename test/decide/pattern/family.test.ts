import { describe, expect, test } from 'vitest'
import { familyOf, leftoversOf } from '../../../src/decide/pattern/family.ts'
import { process } from './given.ts'

const shell = process({ pid: 5, name: 'bash', terminal: 34816 })
const main = process({ pid: 10 })
const worker = process({ pid: 11, parent: 10, session: 10, group: 10 })
const orphan = { ...worker, parent: 1 }
const left = (...processes: Parameters<typeof leftoversOf>[0]): readonly number[] =>
  leftoversOf(processes, familyOf([main, worker], main)).map(({ pid }) => pid)

describe('what the matched process has left', () => {
  test('its session', () => {
    expect(left(orphan)).toEqual([11])
  })

  test('what its session makes later, also in sessions of their own', () => {
    const grandchild = process({ pid: 12, parent: 11, session: 12, group: 12 })
    expect(left(orphan, grandchild)).toEqual([11, 12])
  })

  test('a worker that left the session, if it was seen', () => {
    const away = process({ pid: 13, parent: 10 })
    const family = familyOf([main, away], main)
    expect(leftoversOf([{ ...away, parent: 1 }], family).map(({ pid }) => pid)).toEqual([13])
    expect(leftoversOf([{ ...away, parent: 1, startTime: 9 ** 9 }], family)).toEqual([])
  })

  test('what those before it have left, also while it runs', () => {
    const next = process({ pid: 20 })
    const family = familyOf([orphan, next], next, [orphan])
    expect(leftoversOf([orphan, next], family)).toEqual([orphan])
    expect(leftoversOf([orphan, process({ pid: 21, session: 20, parent: 1 })], family)).toHaveLength(2)
  })

  test('not a new daemon, even with the same number', () => {
    expect(left(process({ pid: 20 }))).toEqual([])
    expect(left(process({ pid: 10, startTime: 5000 }))).toEqual([])
  })

  test('not its remains', () => {
    expect(left({ ...main, state: 'Z' }, { ...orphan, state: 'Z' })).toEqual([])
  })

  test('its session without a leader, as of a daemon that forked twice; not that of a living one', () => {
    const twice = process({ pid: 10, session: 8, group: 8 })
    const its = process({ pid: 11, parent: 1, session: 8, group: 8 })
    const family = familyOf([twice], twice)
    expect(leftoversOf([its], family)).toEqual([its])
    expect(leftoversOf([process({ pid: 8, name: 'init-script' }), its], family)).toEqual([])
  })

  test('by hand from a terminal: its group, and not the others of that terminal', () => {
    const byHand = process({ pid: 10, session: 5, terminal: 34816 })
    const its = process({ pid: 11, session: 5, group: 10, terminal: 34816, parent: 1 })
    const another = process({ pid: 12, session: 5, group: 12, terminal: 34816, parent: 5 })
    expect(leftoversOf([shell, its, another], familyOf([shell, byHand], byHand))).toEqual([its])
  })
})

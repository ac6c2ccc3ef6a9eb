import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { beginPattern, patternDeadline, stepPattern } from '../../../src/decide/pattern/machine.ts'
import type { PatternEvent, PatternState, Sight } from '../../../src/decide/pattern/state.ts'
import { draw } from '../../../src/decide/watch/chance.ts'
import { matched, policy } from './given.ts'

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** The lines of the table, with what the doc comment puts before them taken off. */
const table = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/^ \* {3}/, ''))
    .filter((line) => /^[a-z-]+ +(?:looked|ended|due|recovered) /.test(line))

/** "phase event to effects", the columns that can be told from outside. */
const row = (line: string): string =>
  [line.slice(0, 13), line.slice(13, 24), line.slice(24, 37), line.slice(37, 62)]
    .map((cell) => cell.trim())
    .join(' | ')
    .trim()

test('the table of the docs is that of the doc comment', () => {
  expect(table(read('docs/watch-pattern.md'))).toEqual(table(read('src/decide/pattern/machine.ts')))
})

test('the table has all that happens, and nothing else', () => {
  const seen = new Set<string>()
  for (const { before, event, after, effects } of happenings(40_000)) {
    seen.add([before.phase.kind, event.on, after.phase.kind, effects.join(', ')].join(' | ').trim())
  }
  expect([...seen].toSorted()).toEqual(table(read('src/decide/pattern/machine.ts')).map(row).toSorted())
})

/** Events by chance, in whatever order. */
function* happenings(count: number): Generator<{
  readonly before: PatternState
  readonly event: PatternEvent
  readonly after: PatternState
  readonly effects: readonly string[]
}> {
  let seed = 7
  const chance = (below: number): number => {
    const drawn = draw(seed)
    seed = drawn.seed
    return Math.floor(drawn.chance * below)
  }
  let { state } = beginPattern(undefined)
  let now = 0
  for (let number = 0; number < count; number += 1) {
    if (number % 60 === 0) {
      state = beginPattern(undefined).state
      now = 0
    }
    const kind = chance(4)
    now = kind === 3 ? Math.max(now, patternDeadline(state) ?? now) : now + chance(3_000)
    const event = eventOf(kind, chance(4), now, chance(100_000))
    const step = stepPattern(state, event, { ...policy, grace: chance(2) * 1_000 })
    const before = state
    state = step.state
    if (state !== before) yield { before, event, after: state, effects: step.effects.map((effect) => effect.do) }
  }
}

function eventOf(kind: number, which: number, at: number, age: number): PatternEvent {
  if (kind === 0) {
    const nothing: Sight = { kind: 'none', stopped: which === 1 ? 'somebody' : undefined, leftovers: [] }
    return { on: 'looked', at, sight: which === 0 ? matched(2, at - age) : nothing }
  }
  if (kind === 1) return { on: 'ended', at, main: matched(2, 0).main, exit: { kind: 'unseen' } }
  if (kind === 2) {
    return { on: 'recovered', at, outcome: { exit: { kind: 'code', code: 0 }, timedOut: false, unable: undefined } }
  }
  return { on: 'due', at }
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  beginPattern,
  memoryOf,
  patternDeadline,
  patternVerdict,
  stepPattern,
} from '../../../src/decide/pattern/machine.ts'
import type {
  PatternEffect,
  PatternEvent,
  PatternMemory,
  PatternState,
  Sight,
} from '../../../src/decide/pattern/state.ts'
import { levelOf, sentence } from '../../../src/decide/pattern/telling.ts'
import { matched, policy } from './given.ts'

const NOTHING: Sight = { kind: 'none', stopped: undefined, leftovers: [] }
const STOPPED: Sight = { kind: 'none', stopped: 'daemonctl stopped my', leftovers: [] }
const DONE = { exit: { kind: 'code', code: 0 }, timedOut: false, unable: undefined } as const
const KILLED = { kind: 'signal', signal: 'KILL' } as const

/** Plays a pattern: the clock stands still unless it is told to run. */
class Play {
  state: PatternState
  now = 1_000
  done: string[] = []

  constructor(memory?: PatternMemory) {
    const begun = beginPattern(memory)
    this.state = begun.state
    this.#note(begun.effects)
  }

  on(event: Omit<PatternEvent, 'at'> & { readonly on: PatternEvent['on'] }): this {
    const { state, effects } = stepPattern(this.state, { ...event, at: this.now } as PatternEvent, policy)
    this.state = state
    this.#note(effects)
    return this
  }

  looked(sight: Sight): this {
    return this.on({ on: 'looked', sight } as Omit<PatternEvent, 'at'>)
  }

  due(): this {
    this.now = patternDeadline(this.state) ?? this.now
    return this.on({ on: 'due' })
  }

  /** Nothing matches, also after the time of grace. */
  nothing(): this {
    return this.looked(NOTHING).due().looked(NOTHING)
  }

  recovered(): this {
    return this.on({ on: 'recovered', outcome: DONE } as Omit<PatternEvent, 'at'>)
  }

  /** The recovery ends, and nothing matches for all the time that it is given. */
  inVain(): this {
    this.recovered().looked(NOTHING)
    while (this.state.phase.kind === 'proving') this.due().looked(NOTHING)
    return this
  }

  ended(pid: number, after: number): this {
    this.now += after
    const main = { bootId: 'b', pid, startTime: pid * 100 }
    return this.on({ on: 'ended', main, exit: KILLED } as Omit<PatternEvent, 'at'>)
  }

  /** What was told and done since the last question. */
  get said(): readonly string[] {
    return this.done.splice(0)
  }

  #note(effects: readonly PatternEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'tell') this.done.push(sentence(effect.what))
      else if (effect.do !== 'remember') this.done.push(effect.do)
    }
  }
}

const WAIT = 'looking every 5 s until then'

describe('a pattern', () => {
  test('that matches is waited for without a clock', () => {
    const play = new Play().looked(matched(7, 0))
    expect(play.said).toEqual(['look', 'pid 7 (my.php) matches'])
    expect(patternDeadline(play.state)).toBeUndefined()
  })

  test('that nothing matches is recovered after the time of grace', () => {
    const play = new Play().looked(NOTHING)
    expect(play.said).toEqual(['look'])
    expect(play.due().said).toEqual(['look'])
    expect(play.looked(NOTHING).said).toEqual(['nothing matches: running the recovery', 'recover'])
    expect(play.recovered().said).toEqual(['the recovery ended with exit status 0 after 0 ms', 'look'])
    expect(play.looked(matched(8, play.now)).said).toEqual(['recovered: pid 8 (my.php) matches'])
  })

  test('that is back within the time of grace was restarted by somebody', () => {
    const play = new Play().looked(matched(7, 0)).ended(7, 90_000).looked(NOTHING).due().looked(matched(8, 91_000))
    expect(play.said.at(-1)).toBe('pid 8 (my.php) matches')
    expect(play.done).not.toContain('recover')
  })

  test('whose recovery is in vain is told and backed off, longer and longer', () => {
    const play = new Play().nothing()
    const delays: string[] = []
    for (let times = 0; times < 6; times += 1) {
      play.inVain()
      delays.push(play.said.at(-1) ?? '')
      while (play.state.phase.kind === 'backing-off') play.due().looked(NOTHING)
      expect(play.said.at(-1)).toBe('recover')
    }
    expect(delays).toEqual([
      `the recovery changed nothing: nothing matches; the next recovery is in 5 s, ${WAIT}`,
      ...['10 s', '20 s', '40 s', '1 min', '1 min'].map(
        (delay, index) =>
          `the recovery changed nothing (${index + 2} times in a row): nothing matches; the next recovery is in ${delay}, ${WAIT}`,
      ),
    ])
  })

  test('that dies after it was well is recovered at once, a second time after a delay', () => {
    const play = new Play().looked(matched(7, 0)).ended(7, 90_000).nothing()
    expect(play.said.at(-1)).toBe('recover')
    play.recovered().looked(matched(8, play.now)).ended(8, 2_000).nothing()
    expect(play.said.at(-1)).toBe(`it did not stay: nothing matches; the next recovery is in 5 s, ${WAIT}`)
  })

  test('that was brought to run by its first recovery and is killed is recovered at once', () => {
    const play = new Play().nothing().recovered()
    play.looked(matched(8, play.now)).ended(8, 2_000).nothing()
    expect(play.said.at(-1)).toBe('recover')
  })

  test('that matches while it is backed off is left alone', () => {
    const play = new Play().nothing().inVain().due().looked(matched(9, 0))
    expect(play.said.at(-1)).toBe('pid 9 (my.php) matches')
    expect(play.state.phase.kind).toBe('matched')
  })

  test('of which a grep reminds for a moment waits no longer and no shorter for that', () => {
    const play = new Play().nothing().inVain().due().due().looked(NOTHING).inVain()
    const { until } = play.state.phase as { readonly until: number }
    for (let times = 0; times < 3; times += 1) {
      play.now += 100
      play.looked(matched(9, play.now)).ended(9, 50).looked(NOTHING)
      expect(play.state.phase).toMatchObject({ kind: 'backing-off', until })
    }
    play.due().due().looked(NOTHING)
    expect(play.now).toBe(until)
    expect(play.said.at(-1)).toBe('recover')
  })

  test('that was stopped on purpose is not recovered, until it is no longer', () => {
    const play = new Play().looked(matched(7, 0)).ended(7, 90_000).looked(STOPPED)
    const said = 'nothing matches, and that is wanted: daemonctl stopped my; looking every 5 s'
    expect(play.said.at(-1)).toBe(said)
    expect(play.due().looked(STOPPED).due().looked(STOPPED).said).toEqual(['look', 'look'])
    play.due().nothing()
    expect(play.said.at(-1)).toBe('recover')
  })

  test('that was stopped on purpose while a recovery ran stays stopped', () => {
    const play = new Play().nothing().recovered().looked(STOPPED)
    expect(play.state.phase.kind).toBe('stopped')
  })

  test('is not believed to match while its recovery runs', () => {
    const play = new Play().nothing().looked(matched(7, 0))
    expect(play.state.phase.kind).toBe('recovering')
  })

  test('is remembered: the next watcher waits as long', () => {
    const play = new Play().nothing().inVain()
    const next = new Play(memoryOf(play.state))
    next.now = play.now + 1_000
    expect(next.looked(NOTHING).said.at(-1)).toBe(
      `nothing matches, and the last recovery was in vain; the next recovery is in 4 s, ${WAIT}`,
    )
    expect(patternVerdict(next.state)).toBe('missing')
    const late = new Play(memoryOf(play.state))
    late.now = play.now + 60_000
    expect(late.nothing().said.at(-1)).toBe('recover')
  })

  test('whose recovery cannot be run is not waited for', () => {
    const play = new Play().nothing()
    const outcome = { exit: { kind: 'unseen' }, timedOut: false, unable: 'there is no program x' } as const
    play.on({ on: 'recovered', outcome } as Omit<PatternEvent, 'at'>).looked(NOTHING)
    expect(play.said.slice(-2)[0]).toBe('look')
    expect(play.state.phase.kind).toBe('backing-off')
  })
})

const sight = fc.oneof(
  fc.record({
    kind: fc.constant('none' as const),
    stopped: fc.constantFrom(undefined, 'x'),
    leftovers: fc.constant([]),
  }),
  fc.record({ pid: fc.integer({ min: 2, max: 4 }), age: fc.integer({ min: 0, max: 100_000 }) }),
)
const change = fc.oneof(
  fc.record({ on: fc.constant('looked' as const), sight }),
  fc.record({ on: fc.constant('ended' as const), pid: fc.integer({ min: 2, max: 4 }) }),
  fc.record({ on: fc.constant('recovered' as const), timedOut: fc.boolean() }),
  fc.record({ on: fc.constant('due' as const) }),
)

test('one recovery at a time, delays that grow to their cap, in whatever order things happen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(change, fc.integer({ min: 0, max: 20_000 })), { maxLength: 200 }),
      fc.record({
        delay: fc.integer({ min: 1, max: 9_000 }),
        factor: fc.constantFrom(1, 1.5, 2),
        grace: fc.constantFrom(0, 1_000),
      }),
      (events, { delay, factor, grace }) => {
        const { respawn } = policy
        const rules = { ...policy, grace, respawn: { ...respawn, delay, factor, maxDelay: Math.max(delay, 20_000) } }
        let { state } = beginPattern(undefined)
        let now = 0
        let running = false
        let last = 0
        let notBefore = 0
        for (const [one, later] of events) {
          now = one.on === 'due' ? Math.max(now, patternDeadline(state) ?? now) : now + later
          const before = state
          const event = eventOf(one, now)
          const step = stepPattern(state, event, rules)
          expect(stepPattern(before, event, rules)).toEqual(step)
          if (event.on === 'recovered') running = false
          state = step.state
          for (const effect of step.effects) {
            if (effect.do === 'recover') {
              expect(running).toBe(false)
              expect(now).toBeGreaterThanOrEqual(notBefore)
              running = true
            }
            if (effect.do !== 'tell') continue
            expect(['info', 'warn', 'error']).toContain(levelOf(effect.what))
            if (effect.what.kind === 'matched' || effect.what.kind === 'stopped') notBefore = 0
            if (effect.what.kind !== 'backing-off') continue
            expect(effect.what.delay).toBeGreaterThanOrEqual(delay)
            expect(effect.what.delay).toBeLessThanOrEqual(rules.respawn.maxDelay)
            if (effect.what.times > 1) expect(effect.what.delay).toBeGreaterThanOrEqual(last)
            last = effect.what.delay
            notBefore = now + effect.what.delay
          }
          // Whoever waits for no moment waits for something that is under way, or for an end.
          const clockless = ['looking', 'matched', 'recovering'].includes(state.phase.kind)
          expect(patternDeadline(state) === undefined).toBe(clockless)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

function eventOf(one: typeof change extends fc.Arbitrary<infer T> ? T : never, at: number): PatternEvent {
  switch (one.on) {
    case 'looked':
      return { on: 'looked', at, sight: 'pid' in one.sight ? matched(one.sight.pid, at - one.sight.age) : one.sight }
    case 'ended':
      return { on: 'ended', at, main: { bootId: 'b', pid: one.pid, startTime: one.pid * 100 }, exit: KILLED }
    case 'recovered':
      return { on: 'recovered', at, outcome: { ...DONE, timedOut: one.timedOut } }
    case 'due':
      return { on: 'due', at }
  }
}

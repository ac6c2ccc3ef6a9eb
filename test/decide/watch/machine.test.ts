import { describe, expect, test } from 'vitest'
import { beginWatching, LOOK_AGAIN, nextDeadline, step } from '../../../src/decide/watch/machine.ts'
import type {
  EndReason,
  Phase,
  Policy,
  RememberedPhase,
  Watched,
  WatchEvent,
  Word,
} from '../../../src/decide/watch/state.ts'
import { sentence } from '../../../src/decide/watch/telling.ts'
import { read } from '../../docs/pages.ts'
import { DONE, FAILED, kinds, MAIN, OTHER, PHASES, policy, REUSED, rules, tally, up, watched } from './given.ts'
import { tableRows, tableText, transition } from './table.ts'

type Case = readonly [Watched, WatchEvent, Policy?]

const at = 5_000
const FULL = tally({ failures: 5, starts: [1, 2, 3, 4, 5] })
const ONCE = tally({ failures: 1, starts: [1] })
const GIVES_UP = policy({ giveUp: true })

const wish = (want: 'up' | 'down', paused = false): WatchEvent => ({ on: 'wished', want, paused, at })
const touched: WatchEvent = { on: 'touched', at }
const due: WatchEvent = { on: 'due', at }
const runs: WatchEvent = { on: 'observed', as: { kind: 'running', main: OTHER, since: 4_000 }, at }
const isDown: WatchEvent = { on: 'observed', as: { kind: 'down' }, at }
const hides: WatchEvent = { on: 'observed', as: { kind: 'unclear', why: 'it hides' }, at }
const started: WatchEvent = { on: 'started', main: OTHER, since: 4_900, launched: true, at }
const startFailed: WatchEvent = { on: 'start-failed', why: 'no such file', exit: FAILED, at }
const well: WatchEvent = { on: 'probed', main: MAIN, finding: { kind: 'healthy' }, at }
const ended: WatchEvent = { on: 'ended', main: MAIN, exit: FAILED, asked: false, at }
const endDone: WatchEvent = { on: 'end-done', exit: { kind: 'signal', signal: 'KILL' }, at }
const failing: WatchEvent = { on: 'probed', main: MAIN, finding: { kind: 'failing', why: 'no answer' }, at }

const says = (word: Word, when = at): WatchEvent => ({ on: 'said', main: MAIN, word, at: when })
const TELLS = { probe: { kind: 'notify' } } as const
const SILENT = up({ pings: { by: at, every: 1_000 } })

const looking = (before: RememberedPhase | undefined, more: Partial<Watched> = {}): Watched =>
  watched({ ...PHASES.looking, before }, more)
const ending = (because: EndReason): Phase => ({ kind: 'ending', because, main: MAIN })
const stopped = { want: 'down' } as const

/** For each row of the table, an example: what was, and what happens. */
const EXAMPLES: Readonly<Record<string, Case>> = {
  'looking up: it runs': [watched(PHASES.looking), runs],
  'looking ending: it runs, and was wished down while it was looked at': [
    step(watched(PHASES.looking), wish('down'), policy()).state,
    runs,
  ],
  'looking starting: it is down, and wanted': [watched(PHASES.looking), isDown],
  'looking starting: a cool-down that ended while nobody watched': [
    looking({ ...PHASES['cooling-down'], until: at }, { tally: FULL }),
    isDown,
  ],
  'looking starting: it was up, and ended while nobody watched': [looking({ kind: 'up' }), isDown],
  'looking backing-off: an earlier watcher waited': [looking({ ...PHASES['backing-off'], until: at + 1 }), isDown],
  'looking backing-off: it ended unwatched, not for the first time': [looking({ kind: 'up' }, { tally: ONCE }), isDown],
  'looking cooling-down: an earlier watcher waited': [looking({ ...PHASES['cooling-down'], until: at + 1 }), isDown],
  'looking cooling-down: it ended unwatched: burst limit': [looking({ kind: 'up' }, { tally: FULL }), isDown],
  'looking down: not wanted; or left down by an earlier watcher': [looking(undefined, stopped), isDown],
  'looking down: it ended unwatched: policy': [looking({ kind: 'up' }), isDown, policy({ policy: 'never' })],
  'looking down: it ended unwatched: burst limit with give-up': [
    looking({ kind: 'up' }, { tally: FULL }),
    isDown,
    GIVES_UP,
  ],
  'looking unclear: it cannot be told': [watched(PHASES.looking), hides],
  'looking unclear: still not, for the same reason': [step(watched(PHASES.unclear), due, policy()).state, hides],
  'down starting: wanted': [watched(PHASES.down, stopped), wish('up')],
  'down down: somebody else started it?': [watched(PHASES.down), touched],
  'down up: he did': [watched(PHASES.down, stopped), runs],
  'starting up: it runs': [watched(PHASES.starting), started],
  'starting up: it runs, after failures': [watched(PHASES.starting, { tally: ONCE }), started],
  'starting ending: wished down meanwhile': [watched(PHASES.starting, stopped), started],
  'starting starting: the first failure in a row': [watched(PHASES.starting), startFailed],
  'starting backing-off: a further one': [watched(PHASES.starting, { tally: ONCE }), startFailed],
  'starting cooling-down: burst limit': [watched(PHASES.starting, { tally: FULL }), startFailed],
  'starting down: burst limit with give-up': [watched(PHASES.starting, { tally: FULL }), startFailed, GIVES_UP],
  'starting down: prevent-exit, or policy "never"': [
    watched(PHASES.starting),
    startFailed,
    policy({ preventExit: [1] }),
  ],
  'starting down: not wanted': [watched(PHASES.starting, stopped), startFailed],
  'starting down: the wish was "down", under the lock': [watched(PHASES.starting), { on: 'unwanted', at }],
  'starting starting: and was "up" again since': [
    step(watched(PHASES.starting), wish('up'), policy()).state,
    { on: 'unwanted', at },
  ],
  'up starting: the first end after it had run well': [watched(PHASES.up), ended],
  "up starting: asked for: another's restart is at work": [watched(PHASES.up), { ...ended, asked: true }],
  'up backing-off: a further one': [watched(PHASES.up, { tally: ONCE }), ended],
  'up cooling-down: burst limit': [watched(PHASES.up, { tally: FULL }), ended],
  'up down: burst limit with give-up': [watched(PHASES.up, { tally: FULL }), ended, GIVES_UP],
  'up down: policy, or not wanted': [watched(PHASES.up), { ...ended, exit: DONE }],
  'up down: on-exit = "stop-all"': [watched(PHASES.up), ended, policy({ onExit: 'stop-all' })],
  'up ending: down': [watched(PHASES.up), wish('down')],
  'up up: a new main PID?': [watched(PHASES.up), touched],
  'up up: it is': [watched(PHASES.up), runs],
  'up up: it fails, not yet often enough': [watched(PHASES.up), failing, policy({}, { failures: 2 })],
  'up ending: unhealthy, too big': [watched(up({ failed: 1 })), failing, policy({}, { failures: 2 })],
  'up up: time to ask': [watched(up({ probeAt: at })), due, policy({}, {})],
  'up up: no WATCHDOG=1, not yet often enough': [watched(SILENT), due, policy({}, { ...TELLS, failures: 2 })],
  'up ending: no WATCHDOG=1: it hangs': [watched(SILENT), due, policy({}, { ...TELLS, failures: 1 })],
  'up ending: older than max-age': [watched(PHASES.up), due, policy({}, { maxAge: at })],
  'up ending: WATCHDOG=trigger': [watched(PHASES.up), says({ kind: 'ill' }), policy({}, TELLS)],
  'ending starting: it was unhealthy, too big or too old; or wanted again': [watched(PHASES.ending), endDone],
  'ending backing-off: unhealthy or too big, again and again': [watched(PHASES.ending, { tally: ONCE }), endDone],
  'ending cooling-down: burst limit': [watched(PHASES.ending, { tally: FULL }), endDone],
  'ending down: burst limit with give-up': [watched(PHASES.ending, { tally: FULL }), endDone, GIVES_UP],
  'ending down: not wanted': [watched(ending('wished'), stopped), endDone],
  'ending unclear: something survives': [watched(PHASES.ending), { on: 'end-failed', why: 'pid 71 lives', at }],
  'backing-off starting: ': [watched(PHASES['backing-off']), due],
  'backing-off starting: started by the operator: at once': [watched(PHASES['backing-off']), wish('up')],
  'backing-off down: not wanted': [watched(PHASES['backing-off']), wish('down')],
  'backing-off backing-off: somebody else started it?': [watched(PHASES['backing-off']), touched],
  'backing-off up: he did': [watched(PHASES['backing-off']), runs],
  'cooling-down starting: it never gives up by itself': [watched(PHASES['cooling-down'], { tally: FULL }), due],
  'cooling-down starting: started by the operator: at once': [watched(PHASES['cooling-down']), wish('up')],
  'cooling-down down: not wanted': [watched(PHASES['cooling-down']), wish('up', true)],
  'cooling-down cooling-down: somebody else started it?': [watched(PHASES['cooling-down']), touched],
  'cooling-down up: he did': [watched(PHASES['cooling-down']), runs],
  'unclear looking: due': [watched(PHASES.unclear), due],
  'unclear looking: touched': [watched(PHASES.unclear), touched],
  'unclear looking: wished': [watched(PHASES.unclear), wish('down')],
}

const rows = tableRows()
const nameOf = (row: (typeof rows)[number]): string =>
  `${row.phase} ${row.to}: ${row.phase === 'unclear' ? row.event : row.when}`

describe('the table in the comment of machine.ts', () => {
  test('has an example for every row, and a row for every example', () => {
    expect(rows.map(nameOf)).toEqual(Object.keys(EXAMPLES))
  })

  test.each(rows)('$phase, $event: $to ($effects), $when', (row) => {
    const [before, event, by = policy()] = EXAMPLES[nameOf(row)] ?? []
    if (before === undefined || event === undefined) throw new Error('no example')
    const { state, effects } = step(before, event, by)
    const { when: _, ...said } = row
    expect(
      transition({ phase: before.phase.kind, event: event.on, to: state.phase.kind, effects: kinds(effects) }),
    ).toBe(transition(said))
  })

  test('is in docs/watch.md, word for word', () => {
    expect(read('docs/watch.md')).toContain(`\n${tableText()}\n`)
  })
})

describe('a stop', () => {
  test('in the millisecond of a death, before it or after it, stays', () => {
    const first = step(step(watched(PHASES.up), wish('down'), policy()).state, ended, policy())
    expect(first).toMatchObject({ state: { phase: { kind: 'ending' } }, effects: [] })
    expect(step(first.state, endDone, policy())).toMatchObject({ state: { phase: { kind: 'down' } }, effects: [] })

    // The respawn is under way already, and finds the wish under the lock; or has started it, and it is ended.
    const second = step(step(watched(PHASES.up), ended, policy()).state, wish('down'), policy())
    expect(second).toMatchObject({ state: { phase: { kind: 'starting' } }, effects: [] })
    expect(step(second.state, { on: 'unwanted', at }, policy())).toMatchObject({
      state: { phase: { kind: 'down', why: 'stopped' }, want: 'down' },
      effects: [],
    })
    expect(step(second.state, started, policy())).toMatchObject({
      state: { phase: { kind: 'ending', main: OTHER } },
      effects: [{ do: 'end', because: 'wished', main: OTHER }],
    })
  })

  test.each(['looking', 'unclear'] as const)('while it is %s ends what is found', (kind) => {
    const { state } = step(watched(PHASES[kind]), wish('down'), policy())
    expect(step(state, runs, policy()).effects).toEqual([{ do: 'end', because: 'wished', main: OTHER }])
  })

  test('and a start, both while a respawn waits for the lock: it is started', () => {
    const down = step(watched(PHASES.starting), wish('down'), policy()).state
    const up = step(down, wish('up'), policy()).state
    expect(step(up, { on: 'unwanted', at }, policy()).effects).toEqual([{ do: 'respawn' }])
  })

  test('of one that somebody else has started since leaves it: its health is not looked after', () => {
    const { state } = step(watched(PHASES.down, stopped), runs, policy({}, { maxAge: 1 }))
    expect(nextDeadline(state, policy({}, { maxAge: 1 }))).toBeUndefined()
    expect(step(state, { ...failing, main: OTHER }, policy({}, { failures: 1 }))).toMatchObject({
      state: { phase: { kind: 'up' } },
      effects: [{ do: 'tell' }],
    })
  })
})

describe('pause', () => {
  const paused = { paused: true } as const
  test.each([
    ['an end', watched(PHASES.up, paused), ended, 'down'],
    ['a failing probe', watched(up({ failed: 9 }), paused), failing, 'up'],
    ['too much memory', watched(PHASES.up, paused), { ...failing, finding: { kind: 'too-big', rss: 9 } }, 'up'],
    ['a start that comes to its end', watched(PHASES.starting, paused), started, 'up'],
    ['a start that fails', watched(PHASES.starting, paused), startFailed, 'down'],
    ['what is found to be down', watched(PHASES.looking, paused), isDown, 'down'],
    ['the end of an end', watched(PHASES.ending, paused), endDone, 'down'],
  ] as const)('%s: nothing is done', (_, before, event, phase) => {
    const { state, effects } = step(before, event, policy({}, { failures: 1, maxRss: 8 }))
    expect(state.phase.kind).toBe(phase)
    expect(effects.filter((effect) => effect.do !== 'tell')).toEqual([])
  })

  test('and resume: what ended meanwhile is started, what runs is left alone and asked again', () => {
    const left = step(watched(PHASES.up, paused), ended, policy()).state
    expect(left.phase).toEqual({ kind: 'down', why: 'paused', exit: FAILED })
    expect(step(left, wish('up'), policy()).effects).toEqual([{ do: 'respawn' }])
    const asks = policy({}, {})
    const runs = watched(PHASES.up, paused)
    expect(nextDeadline(runs, asks)).toBeUndefined()
    const resumed = step(runs, wish('up'), asks)
    expect(resumed.effects).toEqual([])
    expect(nextDeadline(resumed.state, asks)).toBe(10_000)
  })
})

describe('identity', () => {
  test.each([
    ['its PID, used again', REUSED],
    ['another process', OTHER],
    ['its PID in another boot', { ...MAIN, bootId: 'next' }],
  ])('the end or a probe of %s is nothing to it', (_, main) => {
    const before = watched(PHASES.up)
    const by = policy({}, { failures: 1 })
    expect(step(before, { ...ended, main }, by)).toEqual({ state: before, effects: [] })
    expect(step(before, { ...failing, main }, by)).toEqual({ state: before, effects: [] })
  })

  test('a look that was overtaken by the end of what it saw is no news', () => {
    const before = step(watched(PHASES.up, { tally: ONCE }), ended, policy()).state
    const late: WatchEvent = { on: 'observed', as: { kind: 'running', main: MAIN, since: 0 }, at }
    expect(step(before, late, policy())).toEqual({ state: before, effects: [] })
  })

  test('what is ended is the process that is up', () => {
    expect(step(watched(PHASES.up), wish('down'), policy()).effects).toEqual([
      { do: 'end', because: 'wished', main: MAIN },
    ])
  })
})

describe('health', () => {
  test('is asked every interval, from its start period on, one probe at a time', () => {
    const by = policy({}, { startPeriod: 60_000, interval: 10_000 })
    const { state } = step(watched(PHASES.starting), started, by)
    expect(nextDeadline(state, by)).toBe(4_900 + 60_000 + 10_000)
    const asked = step(state, { on: 'due', at: 74_900 }, by)
    expect(asked.effects).toEqual([{ do: 'probe', main: OTHER }])
    expect(nextDeadline(asked.state, by)).toBeUndefined()
    const answered = step(asked.state, { on: 'probed', main: OTHER, finding: { kind: 'healthy' }, at: 76_000 }, by)
    expect(nextDeadline(answered.state, by)).toBe(86_000)
  })

  test('of an old one that is adopted is asked an interval later', () => {
    const by = policy({}, {})
    expect(nextDeadline(step(watched(PHASES.looking), runs, by).state, by)).toBe(15_000)
  })

  test('"successes" in a row are needed to be healthy again', () => {
    const by = policy({}, { failures: 3, successes: 2 })
    const after = (...findings: readonly boolean[]): Watched =>
      findings.reduce<Watched>((state, healthy) => {
        const finding = healthy ? ({ kind: 'healthy' } as const) : ({ kind: 'failing', why: 'no answer' } as const)
        return step(state, { on: 'probed', main: MAIN, finding, at }, by).state
      }, watched(PHASES.up))
    expect(after(false, true).phase).toMatchObject({ healthy: false, failed: 1 })
    expect(after(false, true, true).phase).toMatchObject({ healthy: true, failed: 0 })
    expect(after(false, true, false, false).phase).toMatchObject({ kind: 'ending', because: 'unhealthy' })
  })

  test('follows an edited definition: one that begins to ask is heeded while the daemon runs', () => {
    const begun = step(watched(PHASES.starting), started, policy()).state
    expect(nextDeadline(begun, policy())).toBeUndefined()
    expect(nextDeadline(begun, policy({}, {}))).toBe(at)
    const answered = step(watched(up({ probeAt: undefined })), failing, policy()).state
    expect(nextDeadline(answered, policy({}, {}))).toBe(at)
  })

  test('a daemon that only hangs has not run well, however long it does', () => {
    const by = policy({ resetAfter: 1_000 }, { failures: 1 })
    const hung = step(watched(PHASES.up, { tally: ONCE }), { ...failing, at: 60_000 }, by).state
    expect(hung.tally.failures).toBe(1)
    const well = { on: 'probed', main: MAIN, finding: { kind: 'healthy' }, at: 60_000 } as const
    expect(step(watched(PHASES.up, { tally: ONCE }), well, by).state.tally.failures).toBe(0)
  })

  test('max-age asks for a restart at once, which is no failure', () => {
    const old = step(watched(ending('too-old'), { tally: FULL }), endDone, policy())
    expect(old.effects).toEqual([{ do: 'respawn' }])
    expect(old.state.tally).toEqual(FULL)
  })
})

describe('a daemon that tells of its health by itself (WATCHDOG=1)', () => {
  const by = policy({}, { ...TELLS, interval: 1_000, failures: 2 })
  const listening = step(watched(PHASES.up), says({ kind: 'listening' }), by).state

  test('is not asked, and its silence is none before somebody listens', () => {
    expect(nextDeadline(watched(PHASES.up), by)).toBeUndefined()
    expect(nextDeadline(listening, by)).toBe(at + 1_000)
  })

  test('says so within every interval, or has failed', () => {
    const pinged = step(listening, says({ kind: 'well' }, at + 900), by).state
    expect(nextDeadline(pinged, by)).toBe(at + 1_900)
    const once = step(pinged, { on: 'due', at: at + 1_900 }, by)
    expect(once.state.phase).toMatchObject({ kind: 'up', failed: 1, healthy: false })
    expect(step(once.state, says({ kind: 'well' }, at + 2_000), by).state.phase).toMatchObject({ failed: 0 })
    const twice = step(once.state, { on: 'due', at: at + 2_900 }, by)
    expect(twice.effects.at(-1)).toEqual({ do: 'end', because: 'unhealthy', main: MAIN })
    expect(twice.effects.flatMap((effect) => (effect.do === 'tell' ? [sentence(effect.what)] : []))).toEqual([
      'its health probe failed (2 of 2): it has not said WATCHDOG=1 within 1 s',
      'it is stopped and started again: it has not said WATCHDOG=1 within 1 s',
    ])
  })

  test('has its start period', () => {
    const slow = policy({}, { ...TELLS, interval: 1_000, startPeriod: 60_000 })
    expect(nextDeadline(step(watched(PHASES.up), says({ kind: 'listening' }), slow).state, slow)).toBe(61_000)
  })

  test('may change how often it says so, and need not any more', () => {
    const slower = step(listening, says({ kind: 'every', every: 30_000 }), by).state
    expect(nextDeadline(slower, by)).toBe(at + 30_000)
    expect(nextDeadline(step(slower, says({ kind: 'well' }, at + 10), by).state, by)).toBe(at + 30_010)
    expect(nextDeadline(step(slower, says({ kind: 'every', every: undefined }), by).state, by)).toBeUndefined()
  })

  test('has time to end when it says that it does, but not for ever', () => {
    const leaving = step(listening, says({ kind: 'leaving' }), by).state
    expect(nextDeadline(leaving, by)).toBe(at + 2_000)
  })

  test('has more time to end when it asks for it then, and only then', () => {
    const longer = says({ kind: 'longer', by: 60_000 })
    expect(step(listening, longer, by)).toEqual({ state: listening, effects: [] })
    const leaving = step(listening, says({ kind: 'leaving' }), by).state
    const asked = step(leaving, longer, by).state
    expect(nextDeadline(asked, by)).toBe(at + 60_000)
    expect(nextDeadline(step(asked, says({ kind: 'longer', by: 1 }), by).state, by)).toBe(at + 60_000)
  })

  test('is not ended while it is paused, or was stopped', () => {
    for (const state of [watched(SILENT, { paused: true }), watched(SILENT, stopped)]) {
      expect(nextDeadline(state, by)).toBeUndefined()
      expect(step(state, says({ kind: 'ill' }), by)).toEqual({ state, effects: [] })
    }
  })

  test('that uses little memory may hang all the same', () => {
    const both = policy({}, { ...TELLS, maxRss: 8, failures: 2, interval: 1_000 })
    const { state } = step(
      watched(up({ failed: 1, healthy: false, pings: { by: at, every: 1_000 } })),
      { ...well, at },
      both,
    )
    expect(state.phase).toMatchObject({ failed: 1, healthy: false, probeAt: at + 1_000 })
  })

  test('by another definition since is asked as that one says', () => {
    expect(step(watched(SILENT), says({ kind: 'ill' }), policy({}, {})).effects).toEqual([])
    expect(nextDeadline(watched(SILENT), policy({}, {}))).toBe(10_000)
  })
})

describe('what is told', () => {
  const said = ([before, event, by = policy()]: Case): string[] =>
    step(before, event, by).effects.flatMap((effect) => (effect.do === 'tell' ? [sentence(effect.what)] : []))

  test.each<[string, Case]>([
    ['pid 70 ended with exit status 1 after 5 s: it is started again at once', [watched(PHASES.up), ended]],
    [
      'pid 70 was killed by SIGKILL (memory ran out) after 5 s: it is started again at once',
      [watched(PHASES.up), { ...ended, exit: { kind: 'signal', signal: 'KILL' }, cause: 'out-of-memory' }],
    ],
    [
      'pid 70 ended with exit status 1 after 5 s: it is started again in 100 ms',
      [watched(PHASES.up, { tally: ONCE }), ended],
    ],
    [
      'pid 70 ended with exit status 1 after 5 s: it was started 5 times in 1 min, the next start is in 5 min',
      [watched(PHASES.up, { tally: FULL }), ended],
    ],
    [
      'pid 70 ended with exit status 1 after 0 ms: it is started again at once',
      [watched(up({ since: at + 10 })), ended],
    ],
    ['it ended: it is started again at once', [looking({ kind: 'up' }), isDown]],
    ['its cool-down is over, it is started again', [watched(PHASES['cooling-down']), due]],
    ['its main PID changed from 70 to 80', [watched(PHASES.up), runs]],
  ])('%s', (sentence, example) => {
    expect(said(example)).toEqual([sentence])
  })

  test('"unclear" once, and again when the reason is another', () => {
    const again = step(watched(PHASES.unclear), { on: 'due', at }, policy()).state
    expect(said([again, hides])).toEqual([])
    const other: WatchEvent = { on: 'observed', as: { kind: 'unclear', why: 'garbage' }, at }
    expect(said([again, other])).toEqual(['it cannot be told whether it runs: garbage'])
    expect(step(again, hides, policy()).state.phase).toMatchObject({ until: at + LOOK_AGAIN })
  })
})

describe('what an earlier watcher knew', () => {
  const begin = (before: RememberedPhase): Watched =>
    beginWatching({ wish: { want: 'up', paused: false }, tally: FULL, before, seed: 1 }).state

  test.each(['finished', 'prevented', 'given-up'] as const)('a daemon that is down (%s) stays down', (why) => {
    const phase = { kind: 'down', why, exit: FAILED } as const
    expect(step(begin(phase), isDown, policy())).toMatchObject({ state: { phase }, effects: [] })
  })

  test('holds through what is unclear', () => {
    const cooling = { ...PHASES['cooling-down'], until: 100_000 }
    const unclear = step(begin(cooling), hides, policy()).state
    const again = step(unclear, { on: 'due', at: at + LOOK_AGAIN }, policy()).state
    expect(step(again, isDown, policy()).state.phase).toEqual(cooling)
  })

  test('a cool-down that is over begins a new burst', () => {
    expect(step(begin({ ...PHASES['cooling-down'], until: 0 }), isDown, policy()).state.tally.starts).toEqual([])
  })

  test('an unhealthy daemon that could not be ended, and ended then, has failed', () => {
    const unclear = step(watched(PHASES.ending), { on: 'end-failed', why: 'pid 71 lives', at }, policy()).state
    const again = step(unclear, { on: 'due', at: at + LOOK_AGAIN }, policy()).state
    expect(step({ ...again, tally: FULL }, isDown, policy()).state.phase.kind).toBe('cooling-down')
  })
})

test('an operator who starts it begins afresh', () => {
  const { state } = step(watched(PHASES['cooling-down'], { tally: { ...FULL, respawns: 7 } }), wish('up'), policy())
  expect(state.tally).toEqual(tally({ respawns: 7 }))
})

test.each([
  ['never', DONE, 'down'],
  ['on-failure', DONE, 'starting'],
  ['always', DONE, 'starting'],
  ['never', FAILED, 'down'],
  ['on-failure', FAILED, 'starting'],
] as const)('what does not start has failed, by the policy %s, %o: %s', (name, exit, to) => {
  expect(step(watched(PHASES.starting), { ...startFailed, exit }, policy({ policy: name })).state.phase.kind).toBe(to)
})

test('a burst of one: the second start waits for the cool-down', () => {
  const { state } = step(watched(PHASES.starting), startFailed, policy({ burst: 1 }))
  expect(state.phase).toEqual({ kind: 'cooling-down', until: at + rules().coolDown, exit: FAILED })
})

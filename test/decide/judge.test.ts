import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition } from '../../src/decide/condition.ts'
import { judge } from '../../src/decide/judge.ts'
import type { Expectation, Observation } from '../../src/decide/observation.ts'
import type { ProcessReading } from '../../src/decide/process-facts.ts'
import { at, EXPECTED, observation, pidfile, process, record, seen } from './given.ts'

/** A condition in the words of the tables below. */
function word(condition: Condition): string {
  switch (condition.kind) {
    case 'running':
      return `running ${condition.main.pid} by ${condition.proof}`
    case 'unknown':
      return `unknown (${condition.matter})`
    case 'stopped':
    case 'stale':
    case 'foreign':
      return condition.kind
  }
}

const NONE: ProcessReading = { kind: 'none' }
const HIDDEN: ProcessReading = { kind: 'hidden', pid: 7 }
const daemon = process(7, 100)
const zombie = process(7, 100, { state: 'Z' })
const vi = process(7, 500, { executable: '/usr/bin/vi' })
const other = process(7, 100, { executable: '/usr/bin/perl' })
const twin = process(7, 500)

describe('without a record', () => {
  test.each<[string, Observation, string]>([
    ['no pidfile', observation(), 'stopped'],
    ['an unreadable pidfile', observation({ pidfile: { kind: 'unreadable', why: 'EACCES' } }), 'unknown (unclear)'],
    ['a refused pidfile', observation({ pidfile: { kind: 'refused', why: 'x', remedy: 'y' } }), 'unknown (unclear)'],
    ['an empty pidfile', observation({ pidfile: pidfile('', 101) }), 'stale'],
    ['garbage', observation({ pidfile: pidfile('none', 101) }), 'unknown (garbage)'],
    ['its PID is dead', observation({ pidfile: pidfile('7', 101), pidfileProcess: NONE }), 'stale'],
    ['its PID is hidden', observation({ pidfile: pidfile('7', 101), pidfileProcess: HIDDEN }), 'unknown (unclear)'],
    ['its PID is a zombie', observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(zombie) }), 'stale'],
    [
      'its PID is daemonctl',
      observation({ pidfile: pidfile('999', 101), pidfileProcess: seen(process(999, 1)) }),
      'foreign',
    ],
    [
      'a process older than it',
      observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(daemon) }),
      'running 7 by pidfile',
    ],
    [
      'one as old as it, within 50 ms',
      observation({ pidfile: pidfile('7', 99.95), pidfileProcess: seen(daemon) }),
      'running 7 by pidfile',
    ],
    [
      'one 60 ms younger than it',
      observation({ pidfile: pidfile('7', 99.94), pidfileProcess: seen(daemon) }),
      'unknown (unclear)',
    ],
    [
      'another program, as young as it',
      observation({ pidfile: pidfile('7', 99.99), pidfileProcess: seen(other) }),
      'unknown (unclear)',
    ],
    [
      'another program, as young as it, of the daemon itself',
      observation({ pidfile: pidfile('7', 99.99), pidfileProcess: seen(other), members: [other] }),
      'running 7 by pidfile',
    ],
    [
      'a suspended process',
      observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(process(7, 100, { state: 'T' })) }),
      'running 7 by pidfile',
    ],
    [
      'a younger one of another program',
      observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(vi) }),
      'foreign',
    ],
    [
      'a younger one of the right program',
      observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(twin) }),
      'unknown (unclear)',
    ],
    [
      'the same, the pidfile being of an earlier boot',
      observation({ pidfile: pidfile('7', -50, { volatile: false }), pidfileProcess: seen(twin) }),
      'foreign',
    ],
    [
      'the same on tmpfs, which has no earlier boot: the clock was set',
      observation({ pidfile: pidfile('7', -50), pidfileProcess: seen(twin) }),
      'unknown (unclear)',
    ],
  ])('%s', (_, facts, expected) => {
    expect(word(judge(facts, EXPECTED))).toBe(expected)
  })

  test('a lock file is told of', () => {
    expect(judge(observation({ lockFile: true }), EXPECTED)).toMatchObject({ kind: 'stopped', lockFile: true })
  })
})

describe('what is expected of the process', () => {
  const facts = (more: Parameters<typeof process>[2]) =>
    observation({ pidfile: pidfile('7', 101), pidfileProcess: seen(process(7, 100, more)) })
  const named: Expectation = { ...EXPECTED, executable: '/usr/bin/appd' }
  const asWww: Expectation = { ...EXPECTED, uid: 33 }
  test.each<[string, Expectation, Parameters<typeof process>[2], string]>([
    ['the named program', named, {}, 'running 7 by pidfile'],
    ['another than the named program', named, { executable: '/usr/bin/vi' }, 'foreign'],
    ['the named program cannot be seen', named, { executable: undefined }, 'unknown (unclear)'],
    ['another than the likely program', EXPECTED, { executable: '/usr/bin/perl' }, 'running 7 by pidfile'],
    ['the expected user', asWww, { uid: 33, effectiveUid: 33 }, 'running 7 by pidfile'],
    ['the expected user only effectively', asWww, { uid: 0, effectiveUid: 33 }, 'running 7 by pidfile'],
    ['another user', asWww, { uid: 34, effectiveUid: 34 }, 'foreign'],
  ])('%s', (_, expected, more, condition) => {
    expect(word(judge(facts(more), expected))).toBe(condition)
  })
})

describe('a pidfile that others could have written', () => {
  const facts = (writer: number | undefined, more: Parameters<typeof process>[2]) =>
    observation({
      pidfile: pidfile('7', 101, { doubt: { why: 'it belongs to uid 33', writer } }),
      pidfileProcess: seen(process(7, 100, more)),
    })
  const other = { executable: '/usr/bin/other' }
  test.each<[string, Observation, Expectation, string]>([
    ['the likely program speaks for it', facts(33, {}), EXPECTED, 'running 7 by pidfile'],
    ['nothing speaks for it', facts(33, other), EXPECTED, 'unknown (unclear)'],
    [
      'it runs as the expected user',
      facts(33, { ...other, uid: 34 }),
      { ...EXPECTED, uid: 34 },
      'running 7 by pidfile',
    ],
    [
      'it is the only writer’s own process',
      facts(33, { ...other, uid: 33, effectiveUid: 33 }),
      EXPECTED,
      'running 7 by pidfile',
    ],
    [
      'the writer started it, but it is root now',
      facts(33, { ...other, uid: 33, effectiveUid: 0 }),
      EXPECTED,
      'unknown (unclear)',
    ],
    [
      'several could have written it',
      facts(undefined, { ...other, uid: 33, effectiveUid: 33 }),
      EXPECTED,
      'unknown (unclear)',
    ],
    ['its program cannot be seen', facts(33, { executable: undefined }), EXPECTED, 'unknown (unclear)'],
  ])('%s', (_, facts, expected, condition) => {
    expect(word(judge(facts, expected))).toBe(condition)
  })
})

describe('with a record', () => {
  const alive = { record: record(7, 100), recordProcess: seen(daemon) }
  const dead = { record: record(7, 100), recordProcess: NONE }
  const other = process(8, 200)
  const child = process(8, 200, { parent: 7 })
  const stranger = process(7, 100, { executable: '/usr/bin/perl' })
  test.each<[string, Partial<Observation>, string]>([
    [
      'its process lives, the pidfile agrees',
      { ...alive, pidfile: pidfile('7', 101), pidfileProcess: seen(daemon) },
      'running 7 by record',
    ],
    ['its process lives, the pidfile has vanished', alive, 'running 7 by record'],
    ['its process lives, the pidfile is garbage', { ...alive, pidfile: pidfile('none', 101) }, 'running 7 by record'],
    [
      'its process lives, the pidfile is refused',
      { ...alive, pidfile: { kind: 'refused', why: 'x', remedy: 'y' } },
      'running 7 by record',
    ],
    [
      'its process lives, the pidfile is unreadable',
      { ...alive, pidfile: { kind: 'unreadable', why: 'x' } },
      'running 7 by record',
    ],
    [
      'its process lives, the pidfile names a stranger',
      { ...alive, pidfile: pidfile('8', 300), pidfileProcess: seen(other) },
      'running 7 by record',
    ],
    [
      'its process lives, the pidfile names a new main process of its own',
      { ...alive, members: [child], pidfile: pidfile('8', 300), pidfileProcess: seen(child) },
      'running 8 by pidfile',
    ],
    [
      'the same, but the pidfile is older than the record',
      { ...alive, members: [child], pidfile: pidfile('8', 99), pidfileProcess: seen(child) },
      'running 7 by record',
    ],
    [
      'the same, but the new process is younger than the pidfile',
      { ...alive, members: [child], pidfile: pidfile('8', 150), pidfileProcess: seen(child) },
      'running 7 by record',
    ],
    [
      'the same, but the new process is dead',
      { ...alive, members: [child], pidfile: pidfile('8', 300), pidfileProcess: seen({ ...child, state: 'Z' }) },
      'running 7 by record',
    ],
    [
      'its process is a zombie',
      { record: record(7, 100), recordProcess: seen(zombie), pidfile: pidfile('7', 101), pidfileProcess: seen(zombie) },
      'stale',
    ],
    ['its process is dead, no pidfile', dead, 'stopped'],
    ['its process is dead, the pidfile is stale', { ...dead, pidfile: pidfile('7', 101) }, 'stale'],
    [
      'its PID was reused',
      { record: record(7, 100), recordProcess: seen(twin), pidfile: pidfile('7', 101), pidfileProcess: seen(twin) },
      'foreign',
    ],
    [
      'its PID was reused, and a pidfile of the same number was written since',
      { record: record(7, 100), recordProcess: seen(twin), pidfile: pidfile('7', 600), pidfileProcess: seen(twin) },
      'foreign',
    ],
    [
      'it is of an earlier boot, PID and start time match by chance',
      {
        record: record(7, 100, { main: { bootId: 'last', pid: 7, startTime: 10_000 } }),
        recordProcess: seen(daemon),
        pidfile: pidfile('7', 50),
        pidfileProcess: seen(daemon),
      },
      'unknown (unclear)',
    ],
    [
      'it is of an earlier boot, and the daemon was started by somebody else since',
      {
        record: record(9, 9, { main: { bootId: 'last', pid: 9, startTime: 900 } }),
        pidfile: pidfile('7', 101),
        pidfileProcess: seen(daemon),
      },
      'running 7 by pidfile',
    ],
    [
      'dead, and the pidfile, written before it, names another',
      { record: record(9, 200), pidfile: pidfile('7', 101), pidfileProcess: seen(daemon) },
      'foreign',
    ],
    [
      'dead, and the daemon wrote a new main PID since',
      { record: record(9, 50), pidfile: pidfile('7', 101), pidfileProcess: seen(daemon) },
      'running 7 by pidfile',
    ],
    [
      'dead, and the pidfile was rewritten since with a process that executes something else',
      { record: record(9, 50), pidfile: pidfile('7', 101), pidfileProcess: seen(stranger) },
      'unknown (unclear)',
    ],
    [
      'the same, but it is of the daemon itself',
      { record: record(9, 50), members: [stranger], pidfile: pidfile('7', 101), pidfileProcess: seen(stranger) },
      'running 7 by pidfile',
    ],
    [
      'the same, but it executes what the daemon did when it ran last',
      {
        record: record(9, 50, { executable: '/usr/bin/perl' }),
        pidfile: pidfile('7', 101),
        pidfileProcess: seen(stranger),
      },
      'running 7 by pidfile',
    ],
    [
      'damaged: the pidfile decides',
      { record: { kind: 'damaged', why: 'torn' }, pidfile: pidfile('7', 101), pidfileProcess: seen(daemon) },
      'running 7 by pidfile',
    ],
    [
      'of a launcher that lives, no pidfile yet',
      { record: record(7, 100, { phase: 'launching' }), recordProcess: seen(daemon) },
      'stopped',
    ],
    [
      'of a launcher, its daemon wrote the pidfile',
      {
        record: record(6, 99, { phase: 'launching', at: at(102) }),
        pidfile: pidfile('7', 101),
        pidfileProcess: seen(daemon),
      },
      'running 7 by pidfile',
    ],
    [
      'its process is hidden from us',
      { record: record(7, 100), recordProcess: HIDDEN, pidfile: pidfile('7', 101), pidfileProcess: HIDDEN },
      'unknown (unclear)',
    ],
  ])('%s', (_, facts, expected) => {
    expect(word(judge(observation(facts), EXPECTED))).toBe(expected)
  })

  test.each<[string, Partial<Expectation>, string]>([
    ['the named program', { executable: '/usr/bin/appd' }, 'running 7 by record'],
    ['another program', { executable: '/usr/bin/vi' }, 'unknown (unclear)'],
    ['another user', { uid: 33 }, 'unknown (unclear)'],
  ])('what is demanded by flags must be true of the recorded process as well: %s', (_, more, expected) => {
    expect(word(judge(observation(alive), { ...EXPECTED, ...more, demanded: true }))).toBe(expected)
    expect(word(judge(observation(alive), { ...EXPECTED, ...more }))).toBe('running 7 by record')
  })

  test('what is left of an unfinished start is told as such', () => {
    const left = process(8, 101)
    const launching = { record: record(7, 100, { phase: 'launching' as const }), members: [left] }
    expect(judge(observation(launching), EXPECTED)).toMatchObject({
      kind: 'stopped',
      leftovers: { processes: [left], ofUnfinishedStart: true },
    })
    expect(judge(observation({ ...dead, members: [left] }), EXPECTED)).toMatchObject({
      leftovers: { processes: [left], ofUnfinishedStart: false },
    })
  })
})

describe('when the clock was set', () => {
  // By a clock that was set forward by an hour after the start, every start time seems an hour later.
  const shifted = process(7, 100, { startedAt: at(3700) })
  test('the recorded daemon is still known', () => {
    const facts = {
      record: record(7, 100),
      recordProcess: seen(shifted),
      pidfile: pidfile('7', 101),
      pidfileProcess: seen(shifted),
    }
    expect(word(judge(observation({ ...facts, bootedAt: at(3600) }), EXPECTED))).toBe('running 7 by record')
  })
  test('a daemon without a record is not called a stranger, but neither is it signalled', () => {
    const facts = { pidfile: pidfile('7', 101), pidfileProcess: seen(shifted), bootedAt: at(3600) }
    expect(word(judge(observation(facts), EXPECTED))).toBe('unknown (unclear)')
  })
})

describe('whatever is observed', () => {
  const processes = fc.record({
    pid: fc.constantFrom(7, 8, 999),
    started: fc.constantFrom(50, 100, 500),
    state: fc.constantFrom('S', 'R', 'D', 'T', 'Z', 'X'),
    executable: fc.constantFrom('/usr/bin/appd', '/usr/bin/vi', undefined),
    uid: fc.constantFrom(0, 33),
  })
  const readings: fc.Arbitrary<ProcessReading> = fc.oneof(
    fc.constant(NONE),
    fc.constant(HIDDEN),
    processes.map(({ pid, started, ...more }) => seen(process(pid, started, more))),
  )
  const observations = fc.record({
    pidfile: fc.oneof(
      fc.constant({ kind: 'absent' } as const),
      fc
        .tuple(fc.constantFrom('7', '8', '', '0', '-7', 'none'), fc.constantFrom(60, 101, 600))
        .map(([text, when]) => pidfile(text, when)),
    ),
    pidfileProcess: readings,
    recordProcess: readings,
    record: fc.oneof(
      fc.constant({ kind: 'absent' } as const),
      fc
        .tuple(
          fc.constantFrom(7, 8),
          fc.constantFrom(50, 100),
          fc.constantFrom('running', 'launching'),
          fc.constantFrom('this', 'last'),
        )
        .map(([pid, started, phase, bootId]) =>
          record(pid, started, { phase, main: { bootId, pid, startTime: started * 100 } }),
        ),
    ),
    members: fc.array(
      processes.map(({ pid, started, ...more }) => process(pid, started, more)),
      { maxLength: 2 },
    ),
  })
  const expectations = fc.record({
    executable: fc.constantFrom(undefined, '/usr/bin/appd'),
    likelyExecutable: fc.constantFrom(undefined, '/usr/bin/appd'),
    uid: fc.constantFrom(undefined, 0, 33),
    demanded: fc.boolean(),
  })

  test('a running daemon is alive, and is the process of its record or of its pidfile', () => {
    fc.assert(
      fc.property(observations, expectations, (facts, expected) => {
        const seenFacts = observation(facts)
        const condition = judge(seenFacts, expected)
        if (condition.kind !== 'running') return
        expect(['Z', 'X']).not.toContain(condition.process.state)
        const { pidfileProcess, recordProcess, pidfile } = seenFacts
        const sources = [pidfileProcess, recordProcess].flatMap((reading) =>
          reading.kind === 'seen' ? [reading.process] : [],
        )
        expect(sources).toContain(condition.process)
        if (condition.proof === 'pidfile') expect(pidfile).toMatchObject({ kind: 'read', content: { kind: 'pid' } })
        expect(judge(seenFacts, expected)).toEqual(condition)
      }),
      { seed: 7, numRuns: 3000 },
    )
  })
})

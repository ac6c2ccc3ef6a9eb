import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawTable } from '../../src/definition/toml.ts'
import type { Condition } from '../../src/decide/condition.ts'
import type { Plan, Request } from '../../src/decide/plan/plan.ts'
import { plan } from '../../src/decide/plan/planner.ts'
import type { Step } from '../../src/decide/plan/step.ts'
import { CONDITIONS, definition, running, withLeftovers } from './given.ts'

type Verb = Request['verb']
const ask = (verb: Verb): Request =>
  verb === 'signal'
    ? { verb, signal: 'USR1' }
    : verb === 'respawn'
      ? { verb, want: 'up' }
      : verb === 'end'
        ? { verb, only: undefined }
        : { verb }

/** A plan in the words of the planner's own table. */
function cell(planned: Plan): string {
  if (planned.kind === 'nothing') return 'nothing'
  if (planned.kind === 'refused') return planned.failure.reason === 'not-running' ? 'refuse (7)' : 'refuse'
  const does = new Set(planned.steps.map((step) => (step.do === 'send' ? step.because : step.do)))
  const words = [
    ...(does.has('discard-pidfile') || (does.has('forget') && !does.has('end')) ? ['clean'] : []),
    ...(does.has('end') ? ['stop'] : []),
    ...(does.has('launch') ? ['start'] : []),
    ...(does.has('reload') ? ['reload'] : []),
    ...(does.has('signal') ? ['signal'] : []),
  ]
  return words.join(', ')
}

/** What a verb does in a condition, and where that depends on more than the condition, what else. */
function cellOf(verb: Verb, name: keyof typeof CONDITIONS): string {
  const condition: Condition = CONDITIONS[name]
  const usual = cell(plan(ask(verb), condition, definition()))
  if (verb === 'force-reload' && name === 'running') {
    const cannot = cell(plan(ask(verb), condition, definition({ reload: { signal: 'none' } })))
    return `${usual}, else ${cannot === 'stop, start' ? 'restart' : cannot}`
  }
  if ((verb === 'stop' || verb === 'end') && name === 'stopped') {
    return `${usual}, ${cell(plan(ask(verb), { ...CONDITIONS.stopped, lockFile: true }, definition()))}`
  }
  return usual
}

describe('the table in the comment of planner.ts', () => {
  const source = readFileSync(new URL('../../src/decide/plan/planner.ts', import.meta.url), 'utf8')
  const lines = source.split('\n').filter((line) => /^ \* {3}\S/.test(line))
  const [header = [], , ...rows] = lines.map((line) => line.slice(2).trim().split(/ {2,}/))

  test('has every verb and every condition', () => {
    expect(header).toEqual(['verb', 'running', 'stopped', 'stale, garbage', 'foreign', 'unclear'])
    expect(rows.map(([verb]) => verb)).toEqual([
      'start',
      'stop',
      'restart',
      'condrestart',
      'reload',
      'force-reload',
      'signal',
      'respawn',
      'end',
    ])
  })

  const columns: readonly (readonly (keyof typeof CONDITIONS)[])[] = [
    ['running'],
    ['stopped'],
    ['stale', 'garbage'],
    ['foreign'],
    ['unclear'],
  ]
  test.each(rows)('is true of %s', (verb, ...cells) => {
    const known = verb as Verb
    for (const [column, conditions] of columns.entries()) {
      for (const condition of conditions) expect(cellOf(known, condition), condition).toBe(cells[column])
    }
  })
})

/** Steps in few words. */
function words(planned: Plan): string[] {
  if (planned.kind === 'refused') return [`refused: ${planned.failure.message}`]
  return planned.steps.map(wordsOf)
}

function wordsOf(step: Step): string {
  switch (step.do) {
    case 'run-hook':
      return `hook ${step.hook}`
    case 'wish':
      return `wish ${step.want}`
    case 'end':
      return `${step.signal} ${step.within / 1000}s ${step.reach}`
    case 'repeat':
      return `for ever (${step.steps.map(wordsOf).join(', ')})`
    case 'send':
      return `send ${step.signal}`
    case 'await-ready':
      return `await ${step.probe.kind}`
    case 'test-config':
    case 'discard-pidfile':
    case 'launch':
    case 'await-pidfile':
    case 'settle':
    case 'make-lock-file':
    case 'run-stop-command':
    case 'forget':
    case 'run-reload-command':
    case 'follow':
    case 'listen':
    case 'await-reloaded':
    case 'verify-gone':
      return step.do
  }
}

const steps = (verb: Verb, condition: Condition, keys: RawTable = {}): string[] =>
  words(plan(ask(verb), condition, definition(keys)))

const STOP = ['TERM 20s main-first', 'KILL 5s all', 'forget']
const HOOKS = {
  hooks: Object.fromEntries(
    ['pre-start', 'post-start', 'pre-stop', 'post-stop', 'pre-reload'].map((name) => [name, [`/bin/${name}`]]),
  ),
}

describe('the steps of start', () => {
  test.each<[string, Condition, RawTable, string[]]>([
    ['when stopped', CONDITIONS.stopped, {}, ['wish up', 'launch', 'settle']],
    ['when running: only the wish', CONDITIONS.running, { 'config-test': ['/bin/t'] }, ['wish up']],
    [
      'config test first',
      CONDITIONS.stopped,
      { 'config-test': ['/bin/t'] },
      ['test-config', 'wish up', 'launch', 'settle'],
    ],
    ['hooks around', CONDITIONS.stopped, HOOKS, ['wish up', 'hook pre-start', 'launch', 'settle', 'hook post-start']],
    [
      'a lock file before the last hook',
      CONDITIONS.stopped,
      { ...HOOKS, 'lock-file': '/l' },
      ['wish up', 'hook pre-start', 'launch', 'settle', 'make-lock-file', 'hook post-start'],
    ],
    [
      'a probe instead of settling',
      CONDITIONS.stopped,
      { start: { ready: { tcp: '127.0.0.1:80' } } },
      ['wish up', 'launch', 'await tcp'],
    ],
    ['forking', CONDITIONS.stopped, { type: 'forking' }, ['wish up', 'launch', 'await-pidfile', 'settle']],
    [
      'when running, but a stop was never finished: that first',
      { ...CONDITIONS.running, ending: true },
      {},
      ['wish up', ...STOP, 'launch', 'settle'],
    ],
    ['stale', CONDITIONS.stale, {}, ['wish up', 'discard-pidfile', 'launch', 'settle']],
    [
      'leftovers end first',
      withLeftovers(CONDITIONS.stale),
      {},
      ['wish up', 'TERM 20s all', 'KILL 5s all', 'verify-gone', 'discard-pidfile', 'launch', 'settle'],
    ],
    [
      'leftovers of a daemon that ends alone stay',
      withLeftovers(CONDITIONS.stopped),
      { stop: { 'kill-mode': 'main' } },
      ['wish up', 'launch', 'settle'],
    ],
    [
      'but not those of an unfinished start',
      withLeftovers(CONDITIONS.stopped, true),
      { stop: { 'kill-mode': 'main' } },
      ['wish up', 'TERM 20s all', 'KILL 5s all', 'verify-gone', 'launch', 'settle'],
    ],
  ])('%s', (_, condition, keys, expected) => {
    expect(steps('start', condition, keys)).toEqual(expected)
  })
})

describe('the steps of stop', () => {
  test.each<[string, Condition, RawTable, string[]]>([
    ['when running', CONDITIONS.running, {}, ['wish down', ...STOP]],
    ['no config test', CONDITIONS.running, { 'config-test': ['/bin/t'] }, ['wish down', ...STOP]],
    ['hooks around', CONDITIONS.running, HOOKS, ['wish down', 'hook pre-stop', ...STOP, 'hook post-stop']],
    [
      'its own command, then the schedule',
      CONDITIONS.running,
      { stop: { command: ['/bin/s'] } },
      ['wish down', 'run-stop-command', ...STOP],
    ],
    [
      'one that may ask for more time',
      CONDITIONS.running,
      { type: 'notify', stop: { command: ['/bin/s'] } },
      ['wish down', 'listen', 'run-stop-command', ...STOP],
    ],
    [
      'three signals',
      CONDITIONS.running,
      { stop: { schedule: 'INT/1/TERM/2/KILL/3' } },
      ['wish down', 'INT 1s main-first', 'TERM 2s main-first', 'KILL 3s all', 'forget'],
    ],
    [
      'KILL at once: the main process first',
      CONDITIONS.running,
      { stop: { schedule: 'KILL/3' } },
      ['wish down', 'KILL 3s main-first', 'forget'],
    ],
    [
      'for ever',
      CONDITIONS.running,
      { stop: { schedule: 'TERM/1/forever/TERM/2/KILL/3' } },
      ['wish down', 'TERM 1s main-first', 'for ever (TERM 2s main-first, KILL 3s all)', 'forget'],
    ],
    [
      'the main process alone',
      CONDITIONS.running,
      { stop: { 'kill-mode': 'main', schedule: 'TERM/1/forever/KILL/3' } },
      ['wish down', 'TERM 1s main', 'for ever (KILL 3s main)', 'forget'],
    ],
    ['when stopped: only the wish', CONDITIONS.stopped, HOOKS, ['wish down']],
    ['a lock file is left', { ...CONDITIONS.stopped, lockFile: true }, {}, ['wish down', 'forget']],
    ['a record is left', { ...CONDITIONS.stopped, record: true }, {}, ['wish down', 'forget']],
    ['stale', CONDITIONS.stale, {}, ['wish down', 'discard-pidfile', 'forget']],
    [
      'leftovers',
      withLeftovers(CONDITIONS.foreign),
      {},
      ['wish down', 'TERM 20s all', 'KILL 5s all', 'verify-gone', 'discard-pidfile', 'forget'],
    ],
    [
      'leftovers for ever',
      withLeftovers(CONDITIONS.stopped),
      { stop: { schedule: 'forever/KILL/1' } },
      ['wish down', 'for ever (KILL 1s all)', 'verify-gone', 'forget'],
    ],
    [
      'leftovers of a daemon that ends alone stay',
      withLeftovers(CONDITIONS.stopped),
      { stop: { 'kill-mode': 'main' } },
      ['wish down'],
    ],
  ])('%s', (_, condition, keys, expected) => {
    expect(steps('stop', condition, keys)).toEqual(expected)
  })
})

describe('the steps of restart', () => {
  test('the config test before the stop, the wish before both, all hooks', () => {
    expect(
      steps('restart', CONDITIONS.running, { ...HOOKS, 'config-test': ['/bin/t'], stop: { command: ['/bin/s'] } }),
    ).toEqual([
      'test-config',
      'wish up',
      'hook pre-stop',
      'run-stop-command',
      ...STOP,
      'hook post-stop',
      'hook pre-start',
      'launch',
      'settle',
      'hook post-start',
    ])
  })
  test('when stopped it is start', () => {
    expect(steps('restart', CONDITIONS.stopped)).toEqual(steps('start', CONDITIONS.stopped))
  })
  test('condrestart does the same when it runs, and nothing at all when it is stopped', () => {
    expect(steps('condrestart', CONDITIONS.running)).toEqual(steps('restart', CONDITIONS.running))
    expect(steps('condrestart', CONDITIONS.stopped)).toEqual([])
  })
})

describe('the steps of reload', () => {
  test.each<[string, Condition, RawTable, string[]]>([
    ['HUP', CONDITIONS.running, {}, ['send HUP', 'follow']],
    ['another signal', CONDITIONS.running, { reload: { signal: 'USR2' } }, ['send USR2', 'follow']],
    [
      'config test and hook first',
      CONDITIONS.running,
      { ...HOOKS, 'config-test': ['/bin/t'] },
      ['test-config', 'hook pre-reload', 'send HUP', 'follow'],
    ],
    ['a command', CONDITIONS.running, { reload: { command: ['/bin/r'] } }, ['run-reload-command', 'follow']],
    ['one that tells', CONDITIONS.running, { type: 'notify' }, ['listen', 'send HUP', 'follow', 'await-reloaded']],
    [
      'one that tells, of type simple, with a wait',
      CONDITIONS.running,
      { start: { ready: { notify: true } }, reload: { wait: true } },
      ['listen', 'send HUP', 'follow', 'await-reloaded'],
    ],
    [
      'and readiness',
      CONDITIONS.running,
      { reload: { wait: true }, start: { ready: { tcp: '127.0.0.1:80' } } },
      ['send HUP', 'follow', 'await tcp'],
    ],
    [
      'a signal that it would die of',
      running({ caughtSignals: 0n }),
      {},
      ['refused: PID 7 does not handle HUP and would die of it'],
    ],
    [
      'a signal that it ignores',
      running({ caughtSignals: 0n, ignoredSignals: 1n }),
      {},
      ['refused: PID 7 ignores HUP: nothing would be reloaded'],
    ],
    [
      'a signal that suspends',
      CONDITIONS.running,
      { reload: { signal: 'TSTP' } },
      ['refused: TSTP would suspend PID 7'],
    ],
    [
      'none',
      CONDITIONS.running,
      { reload: { signal: 'none' } },
      ['refused: its definition says that it cannot reload'],
    ],
  ])('%s', (_, condition, keys, expected) => {
    expect(steps('reload', condition, keys)).toEqual(expected)
  })

  test('force-reload restarts what would die of the signal', () => {
    const deaf = running({ caughtSignals: 0n })
    expect(steps('force-reload', deaf)).toEqual(steps('restart', deaf))
  })

  test('signal asks nothing: what it does there is the operator’s business', () => {
    expect(steps('signal', running({ caughtSignals: 0n }))).toEqual(['send USR1'])
  })
})

describe('every plan', () => {
  const conditions = fc.constantFrom<Condition>(
    ...Object.values(CONDITIONS),
    ...[CONDITIONS.stopped, CONDITIONS.stale, CONDITIONS.foreign, CONDITIONS.garbage, CONDITIONS.unclear].flatMap(
      (one) => [withLeftovers(one), withLeftovers(one, true)],
    ),
    { ...CONDITIONS.stopped, lockFile: true },
    { ...CONDITIONS.stopped, record: true },
    running({ caughtSignals: 0n }),
    { ...CONDITIONS.running, ending: true },
  )
  const requests = fc.constantFrom<Verb>('start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload', 'signal')
  const keys = fc.record(
    {
      type: fc.constantFrom('simple', 'forking'),
      'config-test': fc.constant(['/bin/t']),
      'lock-file': fc.constant('/run/lock/app'),
      hooks: fc.constant(HOOKS.hooks),
      stop: fc.record({
        schedule: fc.constantFrom('TERM/1/KILL/1', 'TERM/1/forever/KILL/1', 'INT', 'KILL/0'),
        'kill-mode': fc.constantFrom('all', 'main'),
      }),
      reload: fc.constantFrom({ signal: 'none' }, { signal: 'USR1' }, { command: ['/bin/r'] }),
    },
    { requiredKeys: ['stop'] },
  )
  const plans = fc.record({ verb: requests, condition: conditions, keys })

  test('is made whatever the state, and is the same for the same', () => {
    fc.assert(
      fc.property(plans, ({ verb, condition, keys }) => {
        const defined = definition(keys)
        expect(plan(ask(verb), condition, defined)).toEqual(plan(ask(verb), condition, defined))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('signals nobody when the condition is unclear, and launches only what is seen to be gone', () => {
    fc.assert(
      fc.property(plans, ({ verb, condition, keys }) => {
        const planned = plan(ask(verb), condition, definition(keys))
        const does = planned.kind === 'refused' ? [] : planned.steps.map((step) => step.do)
        if (condition.kind === 'unknown' && condition.matter === 'unclear') expect(planned.kind).toBe('refused')
        const launch = does.indexOf('launch')
        if (launch >= 0) {
          expect(does.indexOf('wish')).toBeLessThan(launch)
          if (condition.kind === 'running') expect(does.slice(0, launch)).toContain('forget')
          expect(does.slice(launch + 1)).not.toContain('end')
        }
        if (does.includes('test-config')) expect(does[0]).toBe('test-config')
        const end = does.findIndex((step) => step === 'end' || step === 'repeat')
        if (end >= 0) expect(does.slice(0, end)).toContain('wish')
      }),
      { seed: 2, numRuns: 1000 },
    )
  })
})

test('an end that was decided of one process leaves its successor alone', () => {
  const { main } = running()
  const asked = (only: typeof main): Request => ({ verb: 'end', only })
  expect(plan(asked(main), running(), definition()).kind).toBe('steps')
  expect(plan(asked({ ...main, startTime: main.startTime - 1 }), running(), definition())).toMatchObject({
    kind: 'nothing',
    why: `it is another process by now (pid ${main.pid})`,
  })
})

import { describe, expect, test } from 'vitest'
import { checksOf } from '../../../src/decide/conform/report.ts'
import { isNotOffered, type Check } from '../../../src/decide/conform/check.ts'
import { SCENARIOS } from '../../../src/decide/conform/scenarios.ts'
import type { Seen } from '../../../src/decide/conform/sight.ts'
import { nothing, processOf, seen, up } from './given.ts'

const checks = SCENARIOS.flatMap(checksOf)
const check = (id: string): Check => {
  const found = checks.find((one) => one.id === id)
  if (found === undefined) throw new Error(`there is no check ${id}`)
  return found
}
const code = (status: number): Pick<Seen, 'exit'> => ({ exit: { kind: 'code', code: status } })
const was = up(processOf(100))
const another = up(processOf(200))

test('every check has a name of its own', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
})

test('every scenario ends with a daemon that was stopped, or that it did not start', () => {
  for (const { name, steps } of SCENARIOS) {
    const actions = steps.flatMap((step) => (step.do === 'act' ? [step.action] : []))
    const lastStart = actions.lastIndexOf('start')
    const isHarmless = steps.some((step) => step.do === 'act' && step.surroundings === 'nobody')
    expect(isHarmless || actions.lastIndexOf('stop') > lastStart, name).toBe(true)
  }
})

describe('the table of exit statuses', () => {
  test.each([
    ['status-stopped', [3]],
    ['status-running', [0]],
    ['start', [0]],
    ['start-again', [0]],
    ['stop', [0]],
    ['stop-again', [0]],
    ['reload', [0]],
    ['reload-stopped', [7]],
    ['try-restart-stopped', [0]],
    ['force-reload-stopped', [0, 7]],
    ['restart-stopped', [0]],
    ['reload-dead', [7]],
    ['stop-dead', [0]],
    ['status-garbage', [1, 4]],
    ['status-foreign', [1, 4]],
    ['unknown-action', [2]],
    ['no-action', [2]],
    ['start-unprivileged', [4]],
  ])('%s is %j and nothing else', (id, right) => {
    const passing = Array.from({ length: 256 }, (_, status) => status).filter(
      (status) => check(id).judge(seen(code(status))).kind === 'passed',
    )
    expect(passing).toEqual(right)
  })

  test('a signal is no exit status', () => {
    expect(check('start').judge(seen({ exit: { kind: 'signal', signal: 'TERM' } }))).toEqual({
      kind: 'failed',
      why: 'it was killed by SIGTERM',
    })
  })

  test('what had to be killed has failed, whatever its status', () => {
    expect(check('start').judge(seen({ timedOut: true })).kind).toBe('failed')
  })

  test('an optional action that is not there is judged by nobody', () => {
    for (const id of ['reload', 'reload-stopped', 'reload-lives', 'try-restart', 'try-restart-anew', 'reload-dead']) {
      expect(check(id).judge(seen({ ...code(3), offered: false })).kind, id).toBe('not-applicable')
    }
  })

  test.each([
    [0, 'fine', false],
    [1, 'it failed', false],
    [1, 'Usage: x {start|stop}', true],
    [0, 'Usage: x {start|stop}', false],
    [2, '', true],
    [3, '', true],
    [7, '', false],
  ])('the answer %i, %j says that there is no such action: %s', (status, line, isSo) => {
    expect(isNotOffered({ ...code(status), output: [line] })).toBe(isSo)
  })

  test.each([
    ['there', [1]],
    ['none', [2, 3]],
    ['not-known', [1, 2, 3]],
  ] as const)('the status of the dead, with the pidfile %s, is %j', (pidfile, right) => {
    const passing = [0, 1, 2, 3, 4].filter(
      (status) =>
        check('status-dead').judge(seen({ ...code(status), after: { ...nothing, pidfile } })).kind === 'passed',
    )
    expect(passing).toEqual(right)
  })

  test('what an init has started again is not dead', () => {
    expect(check('status-dead').judge(seen({ after: another })).kind).toBe('not-applicable')
    expect(check('reload-dead').judge(seen({ before: another, after: another })).kind).toBe('not-applicable')
  })
})

describe('the facts', () => {
  const failing: readonly (readonly [string, Partial<Seen>, string])[] = [
    ['start-runs', { after: nothing }, 'no process of it is there'],
    ['status-starts-nothing', { after: was }, 'it was started: PID 100 (daemon)'],
    ['start-lets-go', { outputHeld: true }, 'what was started holds the standard output or error of the script'],
    ['status-says', { output: [' '] }, 'it printed nothing'],
    ['start-again-once', { before: was, after: another }, 'a second copy runs: PID 200 (daemon)'],
    [
      'start-again-once',
      { before: was, after: up(processOf(100), processOf(200)) },
      'a second copy runs: PID 200 (daemon)',
    ],
    ['start-again-once', { before: was, after: nothing }, 'the daemon has ended'],
    ['stop-complete', { after: { ...was, main: undefined } }, 'still alive: PID 100 (daemon)'],
    ['restart-anew', { before: was, after: was }, 'PID 100 still runs: it was not restarted'],
    ['restart-anew', { before: was, after: nothing }, 'no process of it is there'],
    ['unknown-action-harmless', { before: was, after: another }, 'its main process was 100 and is now 200'],
    [
      'stop-foreign-unharmed',
      { strangers: [{ role: 'foreign', pid: 7, alive: false, signals: ['TERM'] }] },
      "PID 7 of the pidfile, which is another's, was killed by SIGTERM",
    ],
    [
      'stop-namesake-unharmed',
      { strangers: [{ role: 'namesake', pid: 7, alive: true, signals: ['HUP', 'USR1'] }] },
      'PID 7, of the same name, got SIGHUP, SIGUSR1',
    ],
  ]
  test.each(failing)('%s fails with what was seen', (id, what, why) => {
    expect(check(id).judge(seen(what))).toEqual({ kind: 'failed', why })
  })

  const passing: readonly (readonly [string, Partial<Seen>])[] = [
    ['start-again-once', { before: was, after: up(processOf(100), processOf(101, 100)) }],
    ['restart-anew', { before: was, after: another }],
    ['stop-complete', { before: was }],
    // Somebody else's fault, which was told already.
    ['status-starts-nothing', { before: was, after: was }],
    ['reload-lives', { before: was, after: another }],
    ['stop-foreign-unharmed', { strangers: [{ role: 'foreign', pid: 7, alive: true, signals: [] }] }],
  ]
  test.each(passing)('%s passes', (id, what) => {
    expect(check(id).judge(seen(what))).toEqual({ kind: 'passed' })
  })

  test('a PID that was used again is another process', () => {
    const again = { ...processOf(100), startTime: 99_999 }
    expect(check('restart-anew').judge(seen({ before: was, after: up(again) }))).toEqual({ kind: 'passed' })
  })
})

import { describe, expect, it, test } from 'vitest'
import { failure } from '../../src/base/failure.ts'
import { err, ok } from '../../src/base/result.ts'
import { renderOutcome } from '../../src/cli/render/outcome.ts'
import { outcomesJson } from '../../src/cli/render/json.ts'
import { themeFor } from '../../src/cli/theme.ts'
import type { ToldOutcome } from '../../src/operations/act.ts'
import { actByWatcher, pauseByWatcher } from '../../src/watch/act-by-watcher.ts'
import type { ControlClient, Unanswered } from '../../src/watch/control-client.ts'
import { outcomeJson, pauseJson } from '../../src/watch/control-json.ts'
import { subject } from '../simulation/given.ts'
import { outcomeOf } from './fake-control.ts'

const silent = { waiting: () => {}, warn: () => {} }
const how = { lockWithin: 60_000, rollback: false }
const app = subject()

/** A watcher that answers everything in one way. */
function answering(answer: Awaited<ReturnType<ControlClient['call']>>) {
  const asked: unknown[] = []
  const call: ControlClient['call'] = async (method, params) => {
    asked.push([method, params])
    return answer
  }
  return { call, asked }
}

const refusing = (unanswered: Unanswered) => answering(err(unanswered))
const refused = (code: number) => refusing({ kind: 'refused', code, message: 'no', data: undefined })

const none = { processes: [] }
const BEFORE: readonly ToldOutcome['before'][] = [
  undefined,
  { kind: 'running', main: { pid: 7 } },
  { kind: 'stopped', lockFile: true, leftovers: none },
  { kind: 'stopped', lockFile: false, leftovers: { processes: [{ pid: 8 }, { pid: 9 }] } },
  { kind: 'stale', leftovers: { processes: [{ pid: 8 }] } },
  { kind: 'foreign', leftovers: none },
  { kind: 'unknown', leftovers: none },
]

describe('what a watcher did is told as if we had done it', () => {
  const bad = failure('survivors', 'awaiting the end', 'two are left', { remedy: 'look at them', details: ['7', '8'] })
  const outcomes = BEFORE.flatMap((before): readonly ToldOutcome[] => {
    const common = { before, took: 20 }
    return [
      { ...told('stop'), ...common },
      { ...told('stop'), ...common, pid: undefined, lastSignal: 'KILL' },
      { ...told('start'), ...common, result: 'nothing', why: 'it runs' },
      { ...told('restart'), ...common },
      { ...told('restart'), ...common, result: 'failed', failure: bad, rolledBack: true },
    ]
  })

  test.each(outcomes)('number %#: $verb, $result', async (outcome) => {
    // Over the wire it is text.
    const wire: unknown = JSON.parse(JSON.stringify(outcomeJson(outcome)))
    const request = { verb: outcome.verb === 'start' ? 'start' : outcome.verb === 'stop' ? 'stop' : 'restart' } as const
    const received = await actByWatcher(answering(ok(wire)), app, request, silent, how)
    if (received === undefined) throw new Error('it was not told')
    expect(received).toEqual(outcome)
    expect(renderOutcome(received, themeFor(false, {}))).toBe(renderOutcome(outcome, themeFor(false, {})))
    expect(outcomesJson(outcome.verb, [received])).toEqual(outcomesJson(outcome.verb, [outcome]))
  })
})

function told(verb: ToldOutcome['verb']): ToldOutcome {
  const { main: _main, exit: _exit, ...rest } = outcomeOf('app', verb)
  return rest
}

describe('a watcher is asked', () => {
  it('by name, key and hash, with what belongs to the verb', async () => {
    const watcher = answering(ok(undefined))
    await actByWatcher(watcher, app, { verb: 'signal', signal: 'USR1' }, silent, how)
    await actByWatcher(watcher, app, { verb: 'restart' }, silent, { lockWithin: 5, rollback: true })
    const base = { name: app.definition.name, key: app.key, hash: app.hash() }
    expect(watcher.asked).toEqual([
      ['signal', { ...base, 'lock-timeout-ms': 60_000, signal: 'USR1' }],
      ['restart', { ...base, 'lock-timeout-ms': 5, rollback: true }],
    ])
  })

  it('not at all where only we know what is wanted', async () => {
    const watcher = answering(ok(undefined))
    const inheriting = subject({ 'inherit-environment': true })
    expect(await actByWatcher(watcher, inheriting, { verb: 'start' }, silent, how)).toBeUndefined()
    expect(await actByWatcher(watcher, { ...app, demanding: true }, { verb: 'stop' }, silent, how)).toBeUndefined()
    expect(watcher.asked).toEqual([])
  })
})

describe('where a watcher does not do it', () => {
  it.each([-32001, -32002, -32601, -32602])('we do, if it has not begun: %i', async (code) => {
    for (const verb of ['start', 'restart', 'reload'] as const) {
      expect(await actByWatcher(refused(code), app, { verb }, silent, how)).toBeUndefined()
    }
    expect(await pauseByWatcher(refused(code), app, 'pause')).toBeUndefined()
  })

  it.each<[Unanswered, string]>([
    [{ kind: 'gone' }, 'the watcher ended while it was at it'],
    [{ kind: 'silent' }, 'the watcher does not answer any more'],
    [{ kind: 'refused', code: -32603, message: 'oops', data: undefined }, 'the watcher failed: oops'],
  ])('we do what may be done twice, and tell of the rest: %j', async (unanswered, message) => {
    for (const verb of ['start', 'stop'] as const) {
      expect(await actByWatcher(refusing(unanswered), app, { verb }, silent, how)).toBeUndefined()
    }
    for (const request of [{ verb: 'restart' }, { verb: 'reload' }, { verb: 'signal', signal: 'HUP' }] as const) {
      expect(await actByWatcher(refusing(unanswered), app, request, silent, how)).toMatchObject({
        verb: request.verb,
        result: 'failed',
        failure: { reason: 'failed', stage: 'asking the watcher', message },
      })
    }
    expect(await pauseByWatcher(refusing(unanswered), app, 'pause')).toBeUndefined()
  })

  it.each([undefined, null, 7, {}, { name: 'app', result: 'perhaps', 'took-ms': 1 }])(
    'nonsense is no success: %j',
    async (nonsense) => {
      expect(await actByWatcher(answering(ok(nonsense)), app, { verb: 'stop' }, silent, how)).toMatchObject({
        result: 'failed',
      })
      expect(await pauseByWatcher(answering(ok(nonsense)), app, 'pause')).toBeUndefined()
    },
  )

  it('a failure in words that we do not know is a failure', async () => {
    const wire = {
      name: 'app',
      result: 'failed',
      'took-ms': 1,
      failure: { reason: 'new', stage: 'new', message: 'new' },
    }
    expect(await actByWatcher(answering(ok(wire)), app, { verb: 'stop' }, silent, how)).toMatchObject({
      failure: { reason: 'failed' },
    })
  })
})

it('a pause by a watcher is told as it was', async () => {
  const name = app.definition.name
  for (const outcome of [
    { name, verb: 'pause', result: 'nothing', failure: undefined },
    { name, verb: 'resume', result: 'failed', failure: failure('busy', 'taking the lock', 'it is busy') },
  ] as const) {
    const wire: unknown = JSON.parse(JSON.stringify(pauseJson(outcome)))
    const watcher = answering(ok(wire))
    expect(await pauseByWatcher(watcher, app, outcome.verb)).toEqual(outcome)
    expect(watcher.asked).toEqual([[outcome.verb, { name, key: app.key }]])
  }
})

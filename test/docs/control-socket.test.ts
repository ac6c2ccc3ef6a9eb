import { JSONRPCErrorCode } from 'json-rpc-2.0'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/base/json.ts'
import { CONTROL_LIMITS } from '../../src/host/control-socket.ts'
import type { ControlEvent } from '../../src/watch/control.ts'
import { eventJson, outcomeJson, pauseJson, reportJson } from '../../src/watch/control-json.ts'
import { CONTROL_ERRORS, CONTROL_VERSION, METHODS, type Call } from '../../src/watch/control-methods.ts'
import { SESSION_LIMITS } from '../../src/watch/control-server.ts'
import { eventOf, FakeControl, outcomeOf, reportOf } from '../watch/fake-control.ts'
import { blocks, read, rows } from './pages.ts'

const page = read('docs/control-socket.md')
const shown: readonly unknown[] = blocks(page, 'json').map((block) => JSON.parse(block))

const words = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? '')

test('every method is on the page with its parameters, and no other', () => {
  const said = rows(page, '## Methods').flatMap(([method, params]) =>
    words(method).map((name) => [name, words(params).toSorted()] as const),
  )
  const real = Object.entries(METHODS).map(([name, { params }]) => [name, params.toSorted()] as const)
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(real))
  expect(said).toHaveLength(real.length)
})

test('every parameter is explained', () => {
  const explained = new Set([...page.matchAll(/^- ((?:`[\w-]+`(?:, )?)+):/gm)].flatMap(([, names]) => words(names)))
  const params = Object.values(METHODS).flatMap(({ params }) => params.map((name) => name.replace('?', '')))
  expect(params.filter((name) => !explained.has(name))).toEqual([])
})

test('every error is on the page, and no other', () => {
  const said = rows(page, '## Errors').flatMap(([code = '']) => (/^-\d+$/.test(code) ? [Number(code)] : []))
  const standard = Object.values(JSONRPCErrorCode).filter((code) => typeof code === 'number')
  expect(new Set(said)).toEqual(new Set([...standard, ...Object.values(CONTROL_ERRORS)]))
})

test('every kind of event is on the page, and no other', () => {
  // A missing one does not compile.
  const kinds: Readonly<Record<ControlEvent['kind'], true>> = {
    adopted: true,
    started: true,
    changed: true,
    ended: true,
    'start-failed': true,
    failing: true,
    ending: true,
    'not-ended': true,
    unclear: true,
    'trying-again': true,
    warned: true,
    wished: true,
    watched: true,
    redefined: true,
    unwatched: true,
    log: true,
    definitions: true,
    shutdown: true,
  }
  const part = page.slice(page.indexOf('| Kind '), page.indexOf('## Errors'))
  expect(rows(part).flatMap(([kind]) => words(kind))).toEqual(Object.keys(kinds))
})

test('the bounds are those of the code', () => {
  const said = rows(page, '## How to talk')
    .slice(1)
    .map(([, value]) => value)
  const { requestLine, clients, idleAfter } = CONTROL_LIMITS
  const { atWork, batch, queued } = SESSION_LIMITS
  expect(said).toEqual(
    [`${requestLine / 1024} KiB`, batch, atWork, `${queued / 1024} KiB`, clients, `${idleAfter / 60_000} min`].map(
      String,
    ),
  )
})

describe('what is shown is what is sent:', () => {
  /** The names of keys, all the way down; lists by their first element; whatever may be null is a dot. */
  function shapeOf(value: unknown): unknown {
    if (Array.isArray(value)) return '.'
    if (typeof value !== 'object' || value === null) return '.'
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
  }
  const control = new FakeControl()
  const call: Call = {
    server: { release: '1', pid: 1 },
    control,
    asked: { by: undefined },
    progress: { waiting: () => {}, warn: () => {} },
    subscribe: () => {},
    unsubscribe: () => {},
  }
  const answerOf = (method: string, params: Json = {}) => METHODS[method]?.run(params, call)
  const before = { kind: 'running', main: { pid: 1 } } as const
  const running = { ...outcomeOf('web@1', 'stop'), before }

  test.each<[string, () => unknown]>([
    ['hello', () => answerOf('hello')],
    ['a report', () => reportJson(reportOf('web@1'))],
    ['an outcome', () => outcomeJson(running)],
    ['a pause', () => pauseJson({ name: 'web@1', verb: 'pause', result: 'done', failure: undefined })],
    ['an action', () => answerOf('action', { name: 'db', action: 'greet' })],
    ['a difference', () => answerOf('reload-definitions')],
    [
      'an event',
      () =>
        eventJson({
          ...eventOf('web@1', 'it ended'),
          kind: 'ended',
          telling: {
            kind: 'ended',
            pid: 1,
            exit: { kind: 'code', code: 1 },
            ran: 1,
            next: { kind: 'after', delay: 1 },
          },
        }),
    ],
  ])('%s', async (_what, give) => {
    expect(shown.map(shapeOf)).toContainEqual(shapeOf(await give()))
  })

  test('and the version is the one described', () => {
    expect(page).toContain(`What is described here is version ${CONTROL_VERSION};`)
  })
})

import { expect, test } from 'vitest'
import { ok, type Result } from '../../src/base/result.ts'
import type { Figures } from '../../src/decide/metrics/parse.ts'
import { ToldFigures } from '../../src/watch/told-figures.ts'
import type { Subject } from '../../src/operations/run.ts'
import { FakeHost } from '../simulation/fake-host.ts'
import { program } from '../simulation/program.ts'
import { worldOf } from '../operations/given.ts'

const figures = (value: number): Result<Figures, string> => ok(new Map([['served', value]]))
const main = (pid: number): { bootId: string; pid: number; startTime: number } => ({ bootId: 'b', pid, startTime: pid })

/** Daemons that tell of themselves, and how often each was asked. */
function telling(answer: (subject: Subject) => Promise<Result<Figures, string>>): {
  readonly told: ToldFigures
  readonly app: Subject
  readonly asked: readonly string[]
  refresh(pid?: number): Promise<void>
  pass(span: number): Promise<void>
} {
  const { world, app } = worldOf(program({}), { metrics: { file: '/f', interval: '10s', timeout: '2s' } })
  const { clock } = new FakeHost(world)
  const asked: string[] = []
  const told = new ToldFigures(clock, (subject) => {
    asked.push(subject.key)
    return answer(subject)
  })
  return {
    told,
    app,
    asked,
    refresh: (pid = 7) => world.until(told.refresh([{ subject: app, main: main(pid) }])),
    pass: (span) => world.until(clock.sleep(span)),
  }
}

test('a daemon is asked at its interval, however often somebody looks', async () => {
  const { told, app, asked, refresh, pass } = telling(async () => figures(asked.length))
  await refresh()
  await refresh()
  expect([asked.length, told.of(app.key)]).toEqual([1, figures(1)])
  await pass(9_000)
  await refresh()
  expect(asked).toHaveLength(1)
  await pass(1_500)
  await refresh()
  expect([asked.length, told.of(app.key)]).toEqual([2, figures(2)])
})

test('who does not answer is waited for a moment only, asked no second time meanwhile, and heard when he does', async () => {
  let answer: (result: Result<Figures, string>) => void = () => {}
  const { told, app, asked, refresh, pass } = telling(() => new Promise((resolve) => (answer = resolve)))
  await refresh()
  expect(told.of(app.key)).toBeUndefined()
  await pass(60_000)
  await refresh()
  expect(asked).toHaveLength(1)
  answer(figures(3))
  await pass(1)
  expect(told.of(app.key)).toEqual(figures(3))
})

test('its successor is asked anew, and the figures of who has gone are forgotten', async () => {
  const { told, app, asked, refresh } = telling(async () => figures(asked.length))
  await refresh(7)
  await refresh(8)
  expect([asked.length, told.of(app.key)]).toEqual([2, figures(2)])
  await told.refresh([])
  expect(told.of(app.key)).toBeUndefined()
})

test('a question that breaks down is an answer as well', async () => {
  const { told, app, refresh } = telling(() => Promise.reject(new Error('no such thing')))
  await refresh()
  expect(told.of(app.key)).toEqual({ ok: false, error: 'Error: no such thing' })
})

import { expect } from 'vitest'
import { isAlive, scenario, type Rig } from './rig.ts'

scenario('restart --rolling: one after the other, and none after one that failed', async (rig) => {
  const fields = { command: rig.fixture('obedient.pl'), start: { ready: { delay: '150ms' } } }
  for (const name of ['a', 'b', 'c']) rig.define(name, fields)
  expect((await rig.daemonctl(['start', 'a', 'b', 'c'])).status).toBe(0)
  const before = { a: rig.pid('a'), b: rig.pid('b'), c: rig.pid('c') }

  expect((await rig.daemonctl(['restart', '--rolling', 'a', 'b', 'c'])).status).toBe(0)
  const spans: Span[] = []
  for (const name of ['a', 'b', 'c']) spans.push(await spanOfRestart(rig, name))
  for (const [index, { begin }] of spans.entries()) {
    // Written down in whole milliseconds, by a clock that is read more than once.
    if (index > 0) expect(begin).toBeGreaterThanOrEqual((spans[index - 1]?.end ?? 0) - 5)
  }
  const after = { a: rig.pid('a'), b: rig.pid('b'), c: rig.pid('c') }
  expect(Object.values(before).filter(isAlive)).toEqual([])
  expect(Object.values(after).filter(isAlive)).toEqual(Object.values(after))

  rig.define('b', { ...fields, 'config-test': ['/bin/false'] })
  const outcome = await rig.daemonctl(['restart', '--rolling', 'a', 'b', 'c'])
  expect(outcome.status).toBe(6)
  expect(outcome.stderr).toContain('left as they are after this failure: c')
  expect(rig.pid('a')).not.toBe(after.a)
  expect([rig.pid('b'), rig.pid('c')]).toEqual([after.b, after.c])
})

interface Span {
  readonly begin: number
  readonly end: number
}

interface History {
  readonly daemons: readonly {
    readonly entries: readonly { readonly verb: string; readonly at: string; readonly 'took-ms': number }[]
  }[]
}

async function spanOfRestart(rig: Rig, name: string): Promise<Span> {
  const { stdout } = await rig.daemonctl(['history', name, '--json'])
  const { daemons }: History = JSON.parse(stdout)
  const entry = daemons[0]?.entries.findLast(({ verb }) => verb === 'restart')
  if (entry === undefined) throw new Error('it was not restarted')
  const end = Date.parse(entry.at)
  return { begin: end - entry['took-ms'], end }
}

import { expect, test } from 'vitest'
import { BY_HAND } from '../../../src/decide/prove/by-hand.ts'
import { CRASHED, EARLY, STOPPED } from '../../../src/decide/prove/ended.ts'
import { PIDFILE_CHECKS, type PidfileSeen } from '../../../src/decide/prove/pidfile-checks.ts'
import { SECOND } from '../../../src/decide/prove/second.ts'
import { STARTED } from '../../../src/decide/prove/started.ts'
import { hasFailed, judgeAll, judgeNone, tallyOf, untested } from '../../../src/decide/prove/verdict.ts'
import { RELOAD, REOPEN } from '../../../src/decide/prove/while-running.ts'

const daemon = {
  pid: 100,
  startTime: 1,
  startedAt: 1,
  state: 'S',
  parent: 1,
  group: 100,
  session: 100,
  terminal: 0,
  name: 'd',
}

const right: PidfileSeen = {
  pidfile: { text: '100\n', uid: 0, mode: 0o644 },
  path: '/run/d.pid',
  owners: [0],
  members: [daemon],
  writing: 'whole',
}

const results = (seen: PidfileSeen) =>
  judgeAll(PIDFILE_CHECKS, seen)
    .filter(({ result }) => result !== 'passed')
    .map(({ id, result }) => `${id} ${result}`)

test('a pidfile is judged by whom it names, its form, mode, owner and writing', () => {
  expect(results(right)).toEqual([])
  const { pidfile } = right
  if (pidfile === undefined) throw new Error('there is one')
  expect(results({ ...right, pidfile: { ...pidfile, text: '99\n' } })).toEqual(['pidfile-process failed'])
  expect(results({ ...right, pidfile: { ...pidfile, text: '100' } })).toEqual(['pidfile-form advice'])
  expect(results({ ...right, pidfile: { ...pidfile, mode: 0o666 } })).toEqual(['pidfile-mode failed'])
  expect(results({ ...right, pidfile: { ...pidfile, uid: 7 } })).toEqual(['pidfile-owner failed'])
  expect(results({ ...right, writing: 'in-place' })).toEqual(['pidfile-atomic advice'])
  expect(results({ ...right, pidfile: undefined })[0]).toBe('pidfile-process failed')
})

test('every check has an id of its own', () => {
  const all = [BY_HAND, STARTED, PIDFILE_CHECKS, SECOND, RELOAD, REOPEN, CRASHED, STOPPED, EARLY]
  const ids = all.flatMap((checks: readonly { readonly id: string }[]) => checks.map(({ id }) => id))
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
})

test('what fails says what mends it, and only that is a failure', () => {
  const verdicts = judgeAll(RELOAD, {
    verb: { result: 'done', failure: undefined, took: 1 },
    sameProcess: false,
    alive: true,
  })
  expect(verdicts).toEqual([expect.objectContaining({ id: 'reload', result: 'failed' })])
  expect(verdicts[0]?.fix).toContain('same process')
  expect(hasFailed(verdicts)).toBe(true)
  expect(hasFailed(judgeAll(RELOAD, undefined))).toBe(false)
  expect(tallyOf(judgeNone(STARTED, untested('why')))).toMatchObject({ untested: STARTED.length, passed: 0 })
})

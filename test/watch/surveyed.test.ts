import { expect, test } from 'vitest'
import type { SurveyedProcess } from '../../src/host/host.ts'
import { Surveyed } from '../../src/watch/surveyed.ts'

const process = (pid: number, cgroup: string | undefined, fields: Partial<SurveyedProcess> = {}): SurveyedProcess => ({
  pid,
  startTime: 10 * pid,
  startedAt: 0,
  state: 'S',
  parent: 1,
  group: pid,
  session: pid,
  terminal: 0,
  name: 'x',
  cpuTime: 0,
  threads: 1,
  cgroup,
  ...fields,
})
const pids = (found: readonly SurveyedProcess[] | undefined): readonly number[] | undefined =>
  found?.map(({ pid }) => pid)

const web = process(10, '/d/web')
const all = [
  process(2, '/'),
  process(3, undefined),
  web,
  process(11, '/d/web'),
  process(12, '/d/web/inner'),
  process(13, '/d/web/inner/most'),
  process(14, '/d/website'),
  process(15, '/d/web', { state: 'Z' }),
  process(16, '/d/web', { parent: 10 }),
]

test('in the cgroup of a daemon is what is in it and below it, and lives', () => {
  const sight = new Surveyed(all, 2)
  expect(pids(sight.inCgroup(web, '/sys/fs/cgroup/d/web'))).toEqual([10, 11, 16, 12, 13])
  const other = new Surveyed(all, 2).inCgroup(process(14, '/d/website'), '/sys/fs/cgroup/d/website')
  expect(pids(other)).toEqual([14])
})

test('a main process that is elsewhere has no cgroup that tells', () => {
  const sight = new Surveyed(all, 2)
  expect(sight.inCgroup(web, '/sys/fs/cgroup/d/db')).toBeUndefined()
  expect(sight.inCgroup(process(3, undefined), '/sys/fs/cgroup/d/web')).toBeUndefined()
})

test('we and those we come from are nobody’s', () => {
  const sight = new Surveyed([...all, process(17, '/d/web', { parent: 16 })], 17)
  expect(pids(sight.inCgroup(web, '/sys/fs/cgroup/d/web'))).toEqual([11, 12, 13])
})

test('a process is that one only with its start time, and while it lives', () => {
  const sight = new Surveyed(all, 2)
  const identity = (pid: number, startTime: number) => ({ bootId: 'b', pid, startTime })
  expect(sight.living(identity(10, 100))?.pid).toBe(10)
  expect(sight.living(identity(10, 101))).toBeUndefined()
  expect(sight.living(identity(15, 150))).toBeUndefined()
  expect(sight.living(identity(99, 990))).toBeUndefined()
})

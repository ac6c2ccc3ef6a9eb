import { expect, test } from 'vitest'
import { failure, type Reason } from '../../src/base/failure.ts'
import { EXIT, exitStatusOf } from '../../src/cli/exit-status.ts'
import { statusOf, type Condition } from '../../src/decide/condition.ts'
import { read, rows } from './pages.ts'

const page = read('docs/exit-statuses.md')

/** The compiler sees to it that none is missing. */
const REASONS = Object.keys({
  failed: true,
  timeout: true,
  busy: true,
  survivors: true,
  usage: true,
  unsupported: true,
  'not-permitted': true,
  'not-installed': true,
  'not-configured': true,
  'not-running': true,
  'unknown-condition': true,
  interrupted: true,
} satisfies Record<Reason, true>).map((reason) => reason as Reason)

const codes = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')
const statusTable = rows(page, '## `status`').slice(1)
const verbTable = rows(page, '## Every other verb')

test('every reason stands beside its exit status, and nowhere else', () => {
  const said = verbTable.flatMap(([status = '', , reasons = '']) =>
    /^\d+$/.test(status) ? codes(reasons).map((reason) => [reason, Number(status)]) : [],
  )
  const real = REASONS.map((reason) => [reason, exitStatusOf(failure(reason, 'planning', ''))])
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(real))
  expect(said).toHaveLength(REASONS.length)
})

test('every exit status is in the table', () => {
  const said = verbTable.map(([status = '']) => status).filter((status) => /^\d+$/.test(status))
  expect(said.map(Number)).toEqual(Object.values(EXIT))
})

test('every reason is explained', () => {
  const explained = verbTable.filter(([first = '']) => first.startsWith('`')).map(([first = '']) => codes(first)[0])
  expect(new Set(explained)).toEqual(new Set(REASONS))
})

test('every condition stands beside its status', () => {
  const leftovers = { processes: [], ofUnfinishedStart: false }
  const conditions: readonly Exclude<Condition, { kind: 'running' }>[] = [
    { kind: 'stopped', lockFile: false, record: false, leftovers },
    { kind: 'stopped', lockFile: true, record: false, leftovers },
    { kind: 'stale', pid: 2, why: '', leftovers },
    { kind: 'foreign', pid: 2, why: '', leftovers },
    { kind: 'unknown', matter: 'unclear', why: '', remedy: '', leftovers },
  ]
  const said = (status: number): string => statusTable.find(([first]) => first === String(status))?.[2] ?? ''
  for (const condition of conditions) expect(said(statusOf(condition))).toContain(condition.kind)
  expect(said(0)).toContain('running')
  expect(statusTable.map(([status]) => status)).toEqual(['0', '1', '2', '3', '4'])
})

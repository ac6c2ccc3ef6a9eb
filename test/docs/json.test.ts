import { expect, test } from 'vitest'
import { failure } from '../../src/base/failure.ts'
import { failureOnlyJson, outcomesJson, planJson } from '../../src/cli/render/json.ts'
import { pausesJson } from '../../src/cli/render/pause.ts'
import { conformJson } from '../../src/cli/render/conform-json.ts'
import { simulationJson } from '../../src/cli/render/simulation-json.ts'
import { proofJson } from '../../src/cli/render/prove.ts'
import { generatedJson } from '../../src/cli/render/generated-json.ts'
import { blocks, read } from './pages.ts'

const page = read('docs/json.md')
const shown: readonly unknown[] = blocks(page, 'json').map((block) => JSON.parse(block))

/** The names of keys, all the way down; lists by their first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return '.'
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

const stopped = {
  kind: 'stopped',
  lockFile: false,
  record: false,
  leftovers: { processes: [], ofUnfinishedStart: false },
} as const

test('a verb prints what the page shows', () => {
  const printed = outcomesJson('restart', [
    {
      name: 'hello',
      verb: 'restart',
      result: 'done',
      why: undefined,
      failure: undefined,
      pid: 2,
      before: stopped,
      took: 1,
      lastSignal: undefined,
      rolledBack: false,
    },
  ])
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(printed))
})

test('a pause is what the page shows', () => {
  const outcome = { name: 'hello', verb: 'pause', result: 'done', failure: undefined } as const
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(pausesJson('pause', [outcome])))
})

test('a simulation is what the page shows', () => {
  const told = [{ at: 1.5, text: 'it ends' }]
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(simulationJson('crash-loop', [{ name: 'hello', told }])))
})

test('a plan is what the page shows', () => {
  const plan = { kind: 'steps', steps: [{ do: 'wish', want: 'down' }] } as const
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(planJson('stop', [{ name: 'hello', condition: stopped, plan }])))
})

test('a failure is what the page shows', () => {
  const printed = failureOnlyJson(failure('failed', 'planning', 'm', { remedy: 'r' }))
  expect(shown.map(shapeOf)).toContainEqual(shapeOf((printed as { failure: unknown }).failure))
})

test('what was generated is what the page shows', () => {
  const file = { path: '/x', name: 'x', text: 't', mode: 0o644 }
  const losses = [{ key: 'k', why: 'w', instead: 'i', byDefault: false }]
  const printed = generatedJson('systemd', [{ name: 'hello', files: [file], losses }], undefined)
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(printed))
})

test('a proof is what the page shows', () => {
  const printed = proofJson('hello', [{ id: 'stop', title: 't', result: 'failed', why: 'w', fix: 'f' }])
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(printed))
})

test('a test of an init script is what the page shows', () => {
  const marks = { passed: 1, failed: 0, untested: 0, notApplicable: 0 }
  const verdict = { id: 'i', scenario: 's', title: 't', result: 'passed', why: undefined, rule: 'r', said: [] } as const
  expect(shown.map(shapeOf)).toContainEqual(shapeOf(conformJson('/etc/init.d/hello', marks, [verdict])))
})

import * as v from 'valibot'
import { checkShape, describe } from './check-shape.ts'
import { isWithin, type Finding, type KeyPath } from './problem.ts'
import type { Shape } from './schema/shape.ts'
import { isTable, type RawTable } from './toml.ts'

export interface Validated<T> {
  /** What is right in the table; undefined where nothing could be made of it. */
  readonly written: T | undefined
  readonly findings: readonly Finding[]
}

/**
 * Checks a table against a schema. The keys found wrong are taken out and the rest is checked again, so that what
 * follows (checks between keys) sees all that is right, and one wrong key hides no other.
 */
export function validate<T>(raw: RawTable, schema: v.GenericSchema<unknown, T>, shape: Shape): Validated<T> {
  const findings = checkShape(raw, shape)
  if (findings.length === 0) {
    const result = v.safeParse(schema, raw)
    if (result.success) return { written: result.output, findings }
    addFindings(result.issues, findings)
  }
  const rest = v.safeParse(schema, without(raw, findings.map(prunedPath)))
  if (rest.success) return { written: rest.output, findings }
  addFindings(rest.issues, findings)
  const last = v.safeParse(schema, without(raw, findings.map(prunedPath)))
  return { written: last.success ? last.output : undefined, findings }
}

/** Our wording for a wrong type. Made afterwards: the library notes issues for alternatives that are then not needed. */
function wording(issue: v.BaseIssue<unknown>): string {
  if (issue.kind !== 'schema' || issue.type === 'picklist') return issue.message
  return `expected ${expectation(issue.expected ?? '')}, but this is ${describe(issue.input)}`
}

const EXPECTATIONS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'an array',
  Object: 'a table',
}

/** From the library's `(string | Array)` to "text or an array". */
function expectation(expected: string): string {
  const words = expected.replaceAll(/[()]/g, '').split(/ [|&] /)
  return [...new Set(words)].map((word) => EXPECTATIONS[word] ?? word).join(' or ')
}

/** The first finding of a key is enough: a number out of range need not be told that it is no integer either. */
function addFindings(issues: readonly v.BaseIssue<unknown>[], findings: Finding[]): void {
  for (const issue of issues.flatMap((each) => furthest(each, []))) {
    const known = findings.some(({ path }) => path.length === issue.path.length && isWithin(path, issue.path))
    if (!known) findings.push(issue)
  }
}

/** Of the alternatives of a union, those are told that got inside the value: of an array with a wrong item, the item. */
function furthest(issue: v.BaseIssue<unknown>, outer: KeyPath): Finding[] {
  const path = [...outer, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))]
  const inner = (issue.issues ?? []).filter((each) => each.path !== undefined || each.kind !== 'schema')
  return inner.length === 0 ? [{ path, message: wording(issue) }] : inner.flatMap((each) => furthest(each, path))
}

/** An array is taken out as a whole: without one of its items it would mean something else. */
function prunedPath({ path }: Finding): readonly string[] {
  const end = path.findIndex((part) => typeof part === 'number')
  return path.slice(0, end === -1 ? path.length : end).map(String)
}

function without(raw: RawTable, paths: readonly (readonly string[])[]): RawTable {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) {
    const inner = paths.filter((path) => path[0] === key).map((path) => path.slice(1))
    if (inner.some((path) => path.length === 0)) continue
    kept[key] = isTable(value) && inner.length > 0 ? without(value, inner) : value
  }
  return kept
}

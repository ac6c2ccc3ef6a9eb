import { nearest } from '../base/text.ts'
import type { Finding, KeyPath } from './problem.ts'
import type { Shape, TableShape } from './schema/shape.ts'
import { isTable, type RawTable } from './toml.ts'

/** Names that JavaScript's own objects give a meaning: libraries drop them silently, so they are refused aloud. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Where the walk is. A list of parents costs nothing on the way down; a path is made of it when there is a finding. */
interface Trail {
  readonly key: string | number
  readonly parent: Trail | undefined
}

/** Finds unknown keys, other things where a table belongs, and NUL bytes, which no path or argument can hold. */
export function checkShape(raw: RawTable, shape: Shape): Finding[] {
  const findings: Finding[] = []
  checkPlace(raw, shape, undefined, findings)
  return findings
}

function checkPlace(raw: unknown, shape: Shape, trail: Trail | undefined, findings: Finding[]): void {
  if (shape.kind === 'value' || (shape.kind === 'table' && !shape.always && !isTable(raw))) {
    checkNul(raw, trail, findings)
  } else if (!isTable(raw)) {
    findings.push({ path: pathOf(trail), message: `expected a table, but this is ${describe(raw)}` })
  } else if (shape.kind === 'table') {
    for (const key in raw) {
      const inner = shape.entries.get(key)
      if (inner === undefined) findings.push(unknownKey(key, shape, trail))
      else checkPlace(raw[key], inner, { key, parent: trail }, findings)
    }
  } else {
    checkNames(raw, shape.value, trail, findings)
  }
}

/** What a value is, in the words of someone who writes TOML. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return 'a date'
  return value === undefined ? 'missing' : 'a table'
}

function checkNames(raw: RawTable, inner: Shape, parent: Trail | undefined, findings: Finding[]): void {
  for (const key in raw) {
    const trail = { key, parent }
    if (!FORBIDDEN_NAMES.has(key)) checkPlace(raw[key], inner, trail, findings)
    else findings.push({ path: pathOf(trail), message: `${JSON.stringify(key)} cannot be a name` })
  }
}

function unknownKey(key: string, shape: TableShape, parent: Trail | undefined): Finding {
  const near = nearest(key, shape.entries.keys())
  const message = `unknown key ${JSON.stringify(key)}`
  return {
    path: pathOf({ key, parent }),
    message,
    ...(near === undefined ? {} : { remedy: `did you mean "${near}"?` }),
  }
}

function checkNul(value: unknown, trail: Trail | undefined, findings: Finding[]): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) findings.push({ path: pathOf(trail), message: 'a NUL byte has no place in a definition' })
  } else if (Array.isArray(value)) {
    for (let key = 0; key < value.length; key += 1) checkNul(value[key], { key, parent: trail }, findings)
  }
}

function pathOf(trail: Trail | undefined): KeyPath {
  return trail === undefined ? [] : [...pathOf(trail.parent), trail.key]
}

import { nearest } from '../base/text.ts'
import type { Finding, KeyPath } from './problem.ts'
import type { Shape, TableShape } from './schema/shape.ts'
import { isTable, type RawTable } from './toml.ts'

/** Names that JavaScript's own objects give a meaning: libraries drop them silently, so they are refused aloud. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Finds unknown keys, other things where a table belongs, and NUL bytes, which no path or argument can hold. */
export function checkShape(raw: unknown, shape: Shape, path: KeyPath, findings: Finding[]): void {
  if (shape.kind === 'value' || (shape.kind === 'table' && !shape.always && !isTable(raw))) {
    checkNul(raw, path, findings)
  } else if (!isTable(raw)) {
    findings.push({ path, message: `expected a table, but this is ${describe(raw)}` })
  } else if (shape.kind === 'table') {
    for (const key in raw) {
      const inner = shape.entries.get(key)
      if (inner === undefined) findings.push(unknownKey(key, shape, path))
      else checkShape(raw[key], inner, [...path, key], findings)
    }
  } else {
    checkNames(raw, shape.value, path, findings)
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

function checkNames(raw: RawTable, inner: Shape, path: KeyPath, findings: Finding[]): void {
  for (const name in raw) {
    const here = [...path, name]
    if (FORBIDDEN_NAMES.has(name)) findings.push({ path: here, message: `${JSON.stringify(name)} cannot be a name` })
    else checkShape(raw[name], inner, here, findings)
  }
}

function unknownKey(key: string, shape: TableShape, path: KeyPath): Finding {
  const near = nearest(key, shape.entries.keys())
  const message = `unknown key ${JSON.stringify(key)}`
  return { path: [...path, key], message, ...(near === undefined ? {} : { remedy: `did you mean "${near}"?` }) }
}

function checkNul(value: unknown, path: KeyPath, findings: Finding[]): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) findings.push({ path, message: 'a NUL byte has no place in a definition' })
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkNul(item, [...path, index], findings)
  }
}

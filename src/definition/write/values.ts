import type { Milliseconds } from '../../base/duration.ts'
import type { Bytes } from '../../base/size.ts'
import type { Limit } from '../definition.ts'

/** A value as a definition writes it. */
export type WrittenValue = string | number | boolean | readonly (string | number)[] | WrittenTable

export interface WrittenTable {
  readonly [key: string]: WrittenValue
}

/** A table without the keys that hold nothing: undefined, or a table that is empty itself. */
export function tableOf(entries: Readonly<Record<string, WrittenValue | undefined>>): WrittenTable {
  const table: Record<string, WrittenValue> = {}
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined || (isWrittenTable(value) && Object.keys(value).length === 0)) continue
    table[key] = value
  }
  return table
}

export function isWrittenTable(value: WrittenValue): value is WrittenTable {
  return typeof value === 'object' && !Array.isArray(value)
}

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** "1h 30m", without loss: what `parseDuration` reads back as the same span. */
export function writeDuration(span: Milliseconds): string {
  if (!Number.isInteger(span)) return `${span}ms`
  const parts: string[] = []
  let rest = span
  for (const [unit, length] of DURATION_UNITS) {
    const amount = Math.floor(rest / length)
    if (amount > 0) parts.push(`${amount}${unit}`)
    rest -= amount * length
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}

/** "64 MiB" where it comes out even, else bytes. */
export function writeSize(bytes: Bytes): string | number {
  const even = ['KiB', 'MiB', 'GiB', 'TiB'].flatMap((unit, index) => {
    const amount = bytes / 1024 ** (index + 1)
    return Number.isInteger(amount) && amount > 0 ? [`${amount} ${unit}`] : []
  })
  return even.at(-1) ?? bytes
}

/** "0022" */
export function writeMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

export function writeLimit({ soft, hard }: Limit): string | number {
  return soft === hard ? soft : `${soft}:${hard}`
}

/** The form of a value that may be absent. */
export function maybe<T>(value: T | undefined, write: (value: T) => WrittenValue): WrittenValue | undefined {
  return value === undefined ? undefined : write(value)
}

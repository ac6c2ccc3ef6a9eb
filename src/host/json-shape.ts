/** Narrow checks of our own formats. A schema library would cost more to load than all the files that we read. */

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown): value is string => typeof value === 'string'

export const isOptionalText = (value: unknown): value is string | undefined => value === undefined || isText(value)

/** A whole number from 0 on: PIDs, user ids, clock ticks. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const isOptionalCount = (value: unknown): value is number | undefined => value === undefined || isCount(value)

/** A moment or a span in milliseconds. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import * as v from 'valibot'
import { parseDuration } from '../../base/duration.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { parseSignal } from '../../base/signals.ts'
import { parseSize } from '../../base/size.ts'
import { nearest } from '../../base/text.ts'
import type { Limit } from '../definition.ts'
import { parseStopSchedule } from '../stop-schedule.ts'

/** An optional key of a table and its line in the documentation. */
export const key = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.exactOptional(v.pipe(schema, v.description(description)))

/** A text form read by one of our parsers; `title` is the name of the form in the documentation. */
const parsed = <I, O>(title: string, input: v.GenericSchema<I>, parse: (value: I) => Result<O, string>) =>
  v.pipe(
    input,
    v.title(title),
    v.rawTransform<I, O>(({ dataset, addIssue, NEVER }) => {
      const result = parse(dataset.value)
      if (result.ok) return result.value
      addIssue({ message: result.error })
      return NEVER
    }),
  )

const textOrNumber = v.union([v.string(), v.number()])

export const flag = v.boolean()
export const text = v.pipe(v.string(), v.title('text'))
export const duration = parsed('duration', textOrNumber, parseDuration)
/** A bound or a period: none at all would fail at once, or never rest. */
export const timeSpan = parsed('duration', textOrNumber, (value) => {
  const span = parseDuration(value)
  return span.ok && span.value === 0 ? err('this must be longer than nothing, such as "10s"') : span
})
export const size = parsed('size', textOrNumber, parseSize)
export const signal = parsed('signal', textOrNumber, parseSignal)
export const signalOrNone = parsed('signal or "none"', textOrNumber, (value) =>
  value === 'none' ? ok(undefined) : parseSignal(value),
)
export const stopSchedule = parsed('stop schedule', textOrNumber, (value) => parseStopSchedule(String(value)))

/** One line, not empty: a path, a user, a description. */
const line = (title: string) =>
  v.pipe(
    v.string(),
    v.title(title),
    v.regex(/^[^\n\r]+$/, ({ input }) => (input === '' ? 'this must not be empty' : 'this must be one line')),
  )
export const description = line('text')
export const path = line('path')
export const name = line('name')
export const account = v.pipe(
  v.string(),
  v.title('name'),
  v.regex(/^[^\s:]+$/, ({ input }) => `${JSON.stringify(input)} is not the name of a user or group`),
)

/** A word of a fixed set, with a guess at what a mistyped one meant. */
export const word = <const W extends readonly string[]>(words: W) =>
  v.pipe(
    v.picklist(words, ({ input }) => {
      const near = typeof input === 'string' ? nearest(input, words) : undefined
      const wanted = `expected ${listing(words.map((each) => JSON.stringify(each)))}`
      return near === undefined ? wanted : `${wanted}; did you mean ${JSON.stringify(near)}?`
    }),
    v.title('word'),
  )

export const integer = (least: number, most: number) => {
  const message = `expected a whole number from ${least} to ${most}`
  return v.pipe(
    v.number(),
    v.title('whole number'),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
  )
}

export const fraction = (least: number, most: number) => {
  const message = `expected a number from ${least} to ${most}`
  return v.pipe(v.number(), v.title('number'), v.minValue(least, message), v.maxValue(most, message))
}

/** Permission bits. A number is refused: 0o022, 22 and 18 look alike to us and mean different things to the writer. */
export const mode = parsed('octal text', textOrNumber, (value): Result<number, string> => {
  if (typeof value === 'number') return err('write permission bits as octal text in quotes, such as "0022"')
  if (!/^0?[0-7]{3}$/.test(value)) return err(`${JSON.stringify(value)} is not octal such as "0022", at most "0777"`)
  return ok(Number.parseInt(value, 8))
})

/** A resource limit: one number for both, or soft and hard. getrlimit(2) */
export const limit = parsed('limit', textOrNumber, (value): Result<Limit, string> => {
  const match = /^(\d{1,15}|unlimited)(?::(\d{1,15}|unlimited))?$/.exec(String(value))
  if (match === null) return err(`${JSON.stringify(value)} is not a limit such as 1024, "unlimited" or "1024:4096"`)
  const [soft, hard] = [limitValue(match[1]), limitValue(match[2] ?? match[1])]
  const above = hard !== 'unlimited' && (soft === 'unlimited' || soft > hard)
  return above ? err(`the soft limit ${soft} is above the hard limit ${hard}`) : ok({ soft, hard })
})

function limitValue(written: string | undefined): number | 'unlimited' {
  return written === 'unlimited' ? written : Number(written)
}

/** A program and its arguments; split and looked at only once it is known whether a shell is asked for. */
export const command = v.pipe(
  v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1, 'a command has at least one word'))]),
  v.title('command'),
)
export type WrittenCommand = v.InferOutput<typeof command>

/** One or several: `"x"` is `["x"]`. */
export const paths = v.pipe(
  v.union([path, v.array(path)]),
  v.title('path or array of paths'),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
)
export const names = v.pipe(v.array(name), v.title('array of names'))
export const exitStatuses = v.pipe(v.array(integer(0, 255)), v.title('array of exit statuses'))

function listing(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}

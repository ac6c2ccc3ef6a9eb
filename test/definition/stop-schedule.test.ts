import { describe, expect, test } from 'vitest'
import { formatStopSchedule, longestStop, parseStopSchedule } from '../../src/definition/stop-schedule.ts'

const parsed = (text: string) => {
  const result = parseStopSchedule(text)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

describe('a stop schedule', () => {
  test.each([
    ['TERM/20/KILL/5', 'TERM/20/KILL/5', 25_000],
    ['-TERM/20/-SIGKILL/5', 'TERM/20/KILL/5', 25_000],
    ['20', 'TERM/20/KILL/20', 40_000],
    ['QUIT', 'QUIT/5', 5000],
    ['INT/TERM/0.5', 'INT/5/TERM/0.5', 5500],
    ['TERM/1/forever/KILL/2', 'TERM/1/forever/KILL/2', Infinity],
    [' TERM / 3 ', 'TERM/3', 3000],
    ['RTMIN+3/1', 'RTMIN+3/1', 1000],
  ])('%j is %s and takes %d ms at most', (text, formatted, longest) => {
    const schedule = parsed(text)
    expect(formatStopSchedule(schedule)).toBe(formatted)
    expect(parsed(formatted)).toEqual(schedule)
    expect(longestStop(schedule)).toBe(longest)
  })

  test.each([
    ['', 'a part of it is empty'],
    ['TERM//KILL', 'a part of it is empty'],
    ['20/TERM', 'the wait 20 follows no signal'],
    ['TERM/5/5', 'the wait 5 follows no signal'],
    ['TERM/5/forever', 'nothing follows "forever"'],
    ['forever/TERM/forever/KILL', '"forever" stands twice'],
    ['TERN/5', '"TERN" is not a signal (kill -l lists them)'],
  ])('is not %j: %s', (text, reason) => {
    expect(parseStopSchedule(text)).toEqual({
      ok: false,
      error: `${JSON.stringify(text)} is not a stop schedule such as "TERM/20/KILL/5": ${reason}`,
    })
  })
})

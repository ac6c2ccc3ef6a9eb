import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ok } from '../../src/base/result.ts'
import type { Host } from '../../src/host/host.ts'
import { mergeLogs } from '../../src/logs/merge-logs.ts'
import { readBytes, readLog, type LogEvent, type ReadOptions } from '../../src/logs/read-log.ts'
import { rotateIfDue } from '../../src/logs/rotate.ts'
import { givenLog, lines, ZSTD, type Given } from './given.ts'

const FORCE = { force: true, lockWithin: 10_000 }
const never = new AbortController().signal
const ALL: ReadOptions = {
  lines: 'all',
  follow: false,
  since: undefined,
  until: undefined,
  grep: undefined,
  times: false,
  signal: never,
}

async function textOf(events: AsyncGenerator<LogEvent>): Promise<string> {
  let text = ''
  for await (const event of events) {
    if (event.kind === 'line') text += event.line.bytes.toString('latin1') + (event.line.ended ? '\n' : '')
    if (event.kind === 'bytes') text += event.bytes.toString('latin1')
    if (event.kind === 'failed') throw new Error(event.failure.message)
  }
  return text
}

async function notesOf(events: AsyncGenerator<LogEvent>): Promise<readonly string[]> {
  const notes: string[] = []
  for await (const event of events) if (event.kind === 'note') notes.push(event.text)
  return notes
}

/** 3,000 lines in two compressed archives, a plain one and the live file. */
async function rotated(): Promise<Given> {
  const given = givenLog()
  for (const [round, compress] of (['gzip', ZSTD, 'none'] as const).entries()) {
    given.append(lines(round * 800, (round + 1) * 800))
    const [rotation] = await rotateIfDue(given.host, given.subject({ compress }), FORCE)
    expect(rotation?.result).toBe('rotated')
  }
  given.append(lines(2400, 3000))
  return given
}

describe('the last lines', () => {
  test.each([0, 1, 10, 599, 600, 601, 1500, 2400, 2999, 3000, 5000])('%i of them, through archives', async (count) => {
    const given = await rotated()
    const events = readLog(given.host, given.path, { ...ALL, lines: count })
    expect(await textOf(events)).toBe(lines(Math.max(0, 3000 - count), 3000))
  })

  test('a line without an end counts', async () => {
    const given = givenLog()
    given.append('one\ntwo\nthree')
    expect(await textOf(readLog(given.host, given.path, { ...ALL, lines: 2 }))).toBe('two\nthree')
  })

  test('of those that match', async () => {
    const given = await rotated()
    const options: ReadOptions = { ...ALL, lines: 3, grep: /^0000\d\d00 /u }
    expect(await textOf(readLog(given.host, given.path, options))).toBe(
      lines(2700, 2701) + lines(2800, 2801) + lines(2900, 2901),
    )
  })

  test('an empty log has none', async () => {
    const given = givenLog()
    given.append('')
    expect(await textOf(readLog(given.host, given.path, { ...ALL, lines: 10 }))).toBe('')
  })
})

test('all of it, byte for byte, whatever the bytes are', async () => {
  const given = givenLog()
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919 + (index >> 8)) & 0xff))
  writeFileSync(given.path, bytes.subarray(0, 150_000))
  await rotateIfDue(given.host, given.subject(), FORCE)
  appendFileSync(given.path, bytes.subarray(150_000))
  expect(await textOf(readBytes(given.host, given.path, ALL))).toBe(bytes.toString('latin1'))
})

describe('by time', () => {
  const START = Date.UTC(2026, 0, 1)
  const timed = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, index) => {
      const number = from + index
      // Each third line belongs to the one before it.
      const stamp = number % 3 === 2 ? '   at' : new Date(START + number * 1000).toISOString()
      return `${stamp} ${number} ${'x'.repeat(number % 60)}\n`
    }).join('')

  async function given(): Promise<Given> {
    const log = givenLog()
    for (let round = 0; round < 3; round += 1) {
      log.append(timed(round * 6000, (round + 1) * 6000))
      await rotateIfDue(log.host, log.subject({ compress: round === 0 ? 'gzip' : 'none' }), FORCE)
    }
    log.append(timed(18_000, 24_000))
    return log
  }

  test('since and until find their places in archives and in the live file', async () => {
    const log = await given()
    for (const [since, until] of [
      [0, 3],
      [300, 330],
      [5_998, 6_003],
      [9_000, 9_002],
      [23_000, 23_999],
      [30_000, 40_000],
    ] as const) {
      const options: ReadOptions = { ...ALL, since: START + since * 1000, until: START + until * 1000 }
      const numbers = (await textOf(readLog(log.host, log.path, options)))
        .split('\n')
        .slice(0, -1)
        .map((line) => Number(line.trim().split(' ')[1]))
      // The lines that belong to the last one are given with it.
      const last = Math.min(until % 3 === 1 ? until + 1 : until, 23_999)
      const first = since % 3 === 2 ? since + 1 : since
      const wanted = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
      expect([since, numbers]).toEqual([since, wanted])
    }
  })

  test('lines that tell no time: what is known is when they were rotated, and that is said', async () => {
    const log = await rotated()
    const options: ReadOptions = { ...ALL, since: Date.now() + 3_600_000 }
    expect(await notesOf(readLog(log.host, log.path, options))).toEqual([
      expect.stringContaining('do not tell their times'),
    ])
  })

  test('several logs as one, in the order of time', async () => {
    const logs = [givenLog(), givenLog(), givenLog()]
    for (const [which, log] of logs.entries()) {
      for (let number = which; number < 300; number += 3) {
        log.append(`${new Date(START + number * 1000).toISOString()} ${number}\n  and more of ${number}\n`)
      }
    }
    const merged = async (lines: number | 'all'): Promise<readonly string[]> => {
      const streams = logs.map((log) => readLog(log.host, log.path, { ...ALL, lines, times: true }))
      const seen: string[] = []
      for await (const { event } of mergeLogs(streams, lines)) {
        if (event.kind === 'line') seen.push(event.line.bytes.toString().replace(/^\S+ /, '').trim())
      }
      return seen
    }
    const seen = await merged('all')
    const wanted = Array.from({ length: 300 }, (_, number) => [String(number), `and more of ${number}`]).flat()
    expect(seen.map((line) => line.replace(/^more/, 'and more'))).toEqual(wanted)
    expect(await merged(4)).toEqual(seen.slice(-4))
    expect(await merged(0)).toEqual([])
  })
})

describe('following', { timeout: 120_000 }, () => {
  /** What a follower has read so far, until it has so many characters. */
  function follower(
    given: Given,
    from: number | 'all' = 'all',
  ): { until(text: string): Promise<string>; notes: string[] } {
    const controller = new AbortController()
    onTestFinished(() => controller.abort())
    const events = readLog(given.host, given.path, { ...ALL, lines: from, follow: true, signal: controller.signal })
    let text = ''
    const notes: string[] = []
    return {
      notes,
      async until(end) {
        while (!text.endsWith(end)) {
          const next = await events.next()
          if (next.done === true) throw new Error(`ended after ${text.slice(-100)}`)
          if (next.value.kind === 'line') text += `${next.value.line.bytes.toString('latin1')}\n`
          if (next.value.kind === 'note') notes.push(next.value.text)
        }
        return text
      },
    }
  }

  test('through rotations of every kind, however many come between two looks', async () => {
    const given = givenLog()
    given.append(lines(0, 500))
    const reader = follower(given)
    await reader.until(lines(499, 500))
    let written = 500
    for (const log of [{}, { compress: 'none' }, { capture: true }, { capture: true, compress: ZSTD }] as const) {
      for (let round = 0; round < 3; round += 1) {
        given.append(lines(written, written + 300))
        written += 300
        await rotateIfDue(given.host, given.subject({ keep: 100, ...log }), FORCE)
      }
      given.append(lines(written, written + 10))
      written += 10
      expect(await reader.until(lines(written - 1, written))).toBe(lines(0, written))
    }
    expect(reader.notes).toEqual([])
  })

  test('a log that others rename, as logrotate does', async () => {
    const given = givenLog()
    given.append(lines(0, 50))
    const reader = follower(given)
    await reader.until(lines(49, 50))
    given.append(lines(50, 60))
    renameSync(given.path, `${given.path}.1`)
    given.append(lines(60, 70))
    expect(await reader.until(lines(69, 70))).toBe(lines(0, 70))
  })

  test('a log that others truncate: it goes on, and says that lines may be missing', async () => {
    const given = givenLog()
    given.append(lines(0, 50))
    const reader = follower(given)
    await reader.until(lines(49, 50))
    truncateSync(given.path)
    given.append(lines(50, 60))
    await reader.until(lines(59, 60))
    expect(reader.notes).toEqual([expect.stringContaining('truncated')])
  })

  test('archives that went before they were read are told of', async () => {
    const given = givenLog()
    given.append(lines(0, 500))
    const reader = follower(given)
    await reader.until(lines(9, 10))
    for (let round = 1; round < 5; round += 1) {
      given.append(lines(round * 500, (round + 1) * 500))
      await rotateIfDue(given.host, given.subject({ keep: 1, compress: 'gzip' }), FORCE)
    }
    given.append(lines(2500, 2510))
    await reader.until(lines(2509, 2510))
    expect(reader.notes.join()).toContain('removed before')
  })
})

describe('a log of 5 GiB', () => {
  const GIB = 2 ** 30
  const START = Date.UTC(2026, 0, 1)
  const MIB = 2 ** 20

  /** A line at each MiB and holes between, which are read as bytes all the same; and a host that counts what is read. */
  function huge(): { readonly given: Given; readonly host: Host; readonly read: () => number } {
    const given = givenLog(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    const fd = openSync(given.path, 'w')
    for (let place = 0; place < 5 * GIB; place += MIB) {
      const time = new Date(START + (place / MIB) * 1000).toISOString()
      writeSync(fd, `\n${time} at ${place}\n`, place)
    }
    writeSync(fd, `\n${new Date(START + 6_000_000).toISOString()} the last\n`, 5 * GIB)
    closeSync(fd)
    let read = 0
    const count = (bytes: Buffer): Buffer => {
      read += bytes.length
      return bytes
    }
    const open: Host['logs']['open'] = (path, piece) => {
      const opened = given.host.logs.open(path, piece)
      if (!opened.ok || opened.value === undefined) return opened
      const { value } = opened
      return ok({
        ...value,
        read: (offset: number, most?: number) => count(value.read(offset, most)),
        async *stream() {
          for await (const chunk of value.stream()) yield count(chunk)
        },
      })
    }
    const logs = new Proxy(given.host.logs, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (key === 'open') return open
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    return { given, host: { ...given.host, logs }, read: () => read }
  }

  test('its last lines: the end is read and nothing else', async () => {
    const { given, host, read } = huge()
    expect(await textOf(readLog(host, given.path, { ...ALL, lines: 1 }))).toMatch(/ the last\n$/)
    // The end is looked at for the lines, and read again to be shown.
    expect(read()).toBeLessThan(256 * 1024)
  })

  test('a time in the middle: its place is found by bisection', async () => {
    const { given, host, read } = huge()
    const options: ReadOptions = { ...ALL, since: START + 2_500_000, until: START + 2_501_400 }
    const text = (await textOf(readLog(host, given.path, options))).replaceAll('\0', '')
    expect(text.split('\n').filter((line) => line.startsWith('2026'))).toEqual([
      `${new Date(START + 2_500_000).toISOString()} at ${2_500 * MIB}`,
      `${new Date(START + 2_501_000).toISOString()} at ${2_501 * MIB}`,
    ])
    // log2 of 5 GiB / 64 KiB is 17 looks of a MiB at most, the first line of the log, and what is shown.
    expect(read()).toBeLessThan(24 * MIB)
  })
})

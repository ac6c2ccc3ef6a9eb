import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Milliseconds } from '../base/duration.ts'
import { systemClock } from './clock.ts'
import { loadedNative } from './native.ts'

/** Nothing is to happen for so long before memory is given back: it takes some hundredths of a second. */
const QUIET: Milliseconds = 5_000
/** Nor is it done more often: whoever is asked for metrics every few seconds needs it all the time. */
const SPACING: Milliseconds = 60_000
/** Bytes; below that it is not worth while. */
const WORTH_WHILE = 52 * 2 ** 20

/** Gives memory back whenever much of it is held and nothing has happened for a while. */
export class Thrift {
  #timer: NodeJS.Timeout | undefined
  #last: Milliseconds = 0
  #given: Milliseconds = -Infinity

  happened(): void {
    this.#last = systemClock.monotonic()
    this.#arm(QUIET)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #arm(span: Milliseconds): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const now = systemClock.monotonic()
      const left = Math.max(this.#last + QUIET, this.#given + SPACING) - now
      if (left > 0) return this.#arm(left)
      if (process.memoryUsage.rss() <= WORTH_WHILE) return
      giveMemoryBack()
      this.#given = now
    }, span).unref()
  }
}

/**
 * Gives back what was needed for the beginning only: garbage, what malloc keeps, and the pages of Node's program that
 * were read once (they come back by themselves where they are needed again). For a program that then mostly waits.
 */
function giveMemoryBack(): void {
  collectGarbage()
  const native = loadedNative()
  if (native === undefined) return
  native.trimHeap()
  for (const { start, length } of readOnlyPages(smaps())) native.forgetPages(start, length)
}

/** Node has no other way to ask for it. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  setFlagsFromString('--no-expose-gc')
}

function smaps(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1')
  } catch {
    return ''
  }
}

interface Pages {
  readonly start: bigint
  readonly length: number
}

/**
 * Mappings of files that nobody can have written to: not for writing, and without a page of their own ("Anonymous"),
 * as the tables have that were relocated at the beginning. proc_pid_smaps(5)
 */
export function readOnlyPages(smaps: string): readonly Pages[] {
  return smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((mapping) => {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ [1-9]\d* +\//.exec(mapping) ?? []
    if (from === '' || !/^Anonymous: +0 kB$/m.test(mapping)) return []
    const start = BigInt(`0x${from}`)
    return [{ start, length: Number(BigInt(`0x${to}`) - start) }]
  })
}

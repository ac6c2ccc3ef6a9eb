import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const BLOCK = 64 * 1024
/** The last lines are for a person: whoever wants more reads the log. */
const MOST = 256 * 1024
const NEWLINE = 0x0a

/**
 * The last lines of a log, read from its end. Only what lies behind `since`; a log shorter than that was rotated
 * or cut, and all of it is newer. Whatever bytes a daemon wrote become text somehow.
 */
export function readTail(path: string, lines: number, since: number): readonly string[] {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stats = fstatSync(fd)
    if (!stats.isFile() || lines <= 0) return []
    return tailOf(fd, { from: since > stats.size ? 0 : since, to: stats.size }, lines)
  } catch {
    return []
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function tailOf(fd: number, range: { readonly from: number; readonly to: number }, lines: number): readonly string[] {
  const lowest = Math.max(range.from, range.to - MOST)
  const blocks: Buffer[] = []
  let start = range.to
  let newlines = 0
  // One more than the lines asked for: the end of the line before the first of them.
  while (start > lowest && newlines <= lines) {
    const end = start
    start = Math.max(lowest, end - BLOCK)
    const block = readRange(fd, start, end)
    newlines += count(block)
    blocks.unshift(block)
  }
  const found = Buffer.concat(blocks).toString('utf8').split('\n')
  if (found.at(-1) === '') found.pop()
  // Not read from a line's beginning: the first is a part, unless it is all that there is.
  if (start > range.from && found.length > 1) found.shift()
  return found.slice(-lines).map((line) => line.replace(/\r$/, ''))
}

function readRange(fd: number, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start)
  let length = 0
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, start + length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}

function count(block: Buffer): number {
  let newlines = 0
  for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) newlines += 1
  return newlines
}

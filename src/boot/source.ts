import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The text of a file of parts, of which a run from compiled code needs the beginning only. */
export interface Source {
  /** The hash of it, which is its first line; undefined: it has none. */
  readonly build: string | undefined
  text(): string
}

const FIRST_LINE = /^\/\/ ([0-9a-f]{16,64})\n/
/** More than the first line. */
const HEAD = 80

/** The hash in the first line of a text. */
export const buildOf = (text: string): string | undefined => FIRST_LINE.exec(text)?.[1]

/** A file, which stays open until it is read: it is the same one then, also where another version was installed since. */
export function fileSource(path: string): Source {
  const fd = openSync(path, 'r')
  const head = readBytes(fd, HEAD)
  let text: string | undefined
  return {
    build: buildOf(head),
    text() {
      if (text !== undefined) return text
      text = readBytes(fd, fstatSync(fd).size)
      closeSync(fd)
      if (!text.startsWith(head)) throw new Error(`${path} was changed while it ran`)
      return text
    },
  }
}

function readBytes(fd: number, most: number): string {
  const bytes = Buffer.allocUnsafe(most)
  let length = 0
  while (length < most) {
    const read = readSync(fd, bytes, length, most - length, length)
    if (read === 0) break
    length += read
  }
  return bytes.toString('latin1', 0, length)
}

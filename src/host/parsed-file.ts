import { readFileSync, statSync } from 'node:fs'

/** What a file of lines says; what has not changed is not read again. A file that is not there says nothing. */
export class ParsedFile<T> {
  readonly #path: string
  readonly #parse: (text: string) => readonly T[]
  #known: { readonly stamp: string; readonly entries: readonly T[] } | undefined

  constructor(path: string, parse: (text: string) => readonly T[]) {
    this.#path = path
    this.#parse = parse
  }

  parse(text: string): readonly T[] {
    return this.#parse(text)
  }

  entries(): readonly T[] {
    const stamp = stampOf(this.#path)
    if (this.#known?.stamp !== stamp) this.#known = { stamp, entries: this.#parse(textOf(this.#path)) }
    return this.#known.entries
  }
}

/** The change time cannot be set: not by who writes, nor by who puts a file of the same length and date in its place. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? 'absent' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.ctimeMs}`
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

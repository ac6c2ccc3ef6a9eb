import { Script } from 'node:vm'
import type { CodeCache } from './code-cache.ts'
import { keptFrom, keptOf } from './kept-code.ts'
import type { Source } from './source.ts'

/** A part of the program, which is run when it is required for the first time. */
export type Part = (
  require: (name: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  filename: string,
  directory: string,
) => void

/** The parts in a file; undefined: it is not there. */
export interface Volume {
  /** There is a compiled form, with all parts that this command has asked for in earlier runs. */
  readonly isCompiled: boolean
  /** A part of the compiled form: for those nothing is read. */
  compiled(name: string): Part | undefined
  /** Any part, compiled when it is asked for. */
  part(name: string): Part | undefined
}

/** The function that is a part: where it begins in the file, how long it is, how many lines of the file precede it. */
type Place = readonly [start: number, length: number, line: number]

/** A mistake's status is greater: what it has loaded is not what a command needs. */
const LAST_STATUS = 7

/**
 * The parts in a file, whose first line is its hash and whose second one tells where they are. V8 reads only those that
 * are used, in three runs of a command: the first compiles one by one what it asks for, and keeps the list; the second
 * compiles the list in one piece, and keeps that with its compiled form, by then with all functions that the command
 * uses; from the third on both are there, and the file is not read. Whoever needs a part more makes the list longer.
 */
export function openVolume(file: string, source: Source, cache: CodeCache | undefined): Volume {
  let places: ReadonlyMap<string, Place> | undefined
  const placeOf = (name: string): Place | undefined => (places ??= placesIn(source.text())).get(name)
  const kept = keptFrom(cache?.read())
  const { names, compiled } = kept.names.every((name) => kept.compiled !== undefined || placeOf(name) !== undefined)
    ? kept
    : { names: [], compiled: undefined }
  const text = compiled?.text ?? (names.length === 0 ? undefined : textOf(source.text(), names, placeOf))
  const script = text === undefined ? undefined : new Script(text, { filename: file, cachedData: compiled?.code })
  const together: Readonly<Record<string, Part | undefined>> = script?.runInThisContext() ?? {}
  const alone: string[] = []
  if (cache !== undefined) {
    process.once('exit', (status) => {
      if (status > LAST_STATUS) return
      if (alone.length > 0) cache.write(keptOf([...names, ...alone]))
      else if (script !== undefined && text !== undefined && (compiled === undefined || script.cachedDataRejected))
        cache.write(keptOf(names, { text, code: script.createCachedData() }))
    })
  }
  return {
    isCompiled: compiled !== undefined,
    compiled: (name) => together[name],
    part(name) {
      const known = together[name]
      const place = known === undefined ? placeOf(name) : undefined
      if (place === undefined) return known
      alone.push(name)
      return partAt(file, source.text(), place)
    },
  }
}

function placesIn(source: string): ReadonlyMap<string, Place> {
  const begin = source.indexOf('\n') + 1
  const places: Readonly<Record<string, Place>> = JSON.parse(
    source.slice(begin + '//'.length, source.indexOf('\n', begin)),
  )
  return new Map(Object.entries(places))
}

/** In parentheses, so that V8 compiles it at once instead of reading it twice. */
function partAt(file: string, source: string, [start, length, line]: Place): Part {
  const text = `(${source.slice(start, start + length)})`
  const part: Part = new Script(text, { filename: file, lineOffset: line }).runInThisContext()
  return part
}

/** An object of the parts that are named, each on the lines that it has in the file: a stack trace names those. */
function textOf(source: string, names: readonly string[], placeOf: (name: string) => Place | undefined): string {
  let text = '({'
  let lines = 0
  const found = names.flatMap((name) => ({ name, place: placeOf(name) }))
  for (const { name, place } of found.toSorted((a, b) => (a.place?.[0] ?? 0) - (b.place?.[0] ?? 0))) {
    if (place === undefined) continue
    const [start, length, line] = place
    const part = source.slice(start, start + length)
    text += `${'\n'.repeat(Math.max(0, line - lines))}${JSON.stringify(name)}:(${part}),`
    lines = line + part.split('\n').length - 1
  }
  return `${text}})`
}

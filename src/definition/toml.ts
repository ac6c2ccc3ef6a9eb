import { parse, TomlError } from 'smol-toml'
import { err, ok, type Result } from '../base/result.ts'

/** A table as TOML gives it: nothing is known about its values yet. */
export type RawTable = Readonly<Record<string, unknown>>

/** A syntax error and its place, counted from 1. */
export interface SyntaxProblem {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy?: string
}

/** Deeper than any definition, shallower than the stack. */
const MAX_DEPTH = 100

/** Reads TOML 1.1. The first syntax error ends it: what follows one is guesswork. */
export function parseToml(text: string): Result<RawTable, SyntaxProblem> {
  try {
    return ok(parse(text, { maxDepth: MAX_DEPTH }))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const { line, column } = error
    const remedy = remedyFor(text, line)
    return err({ line, column, message: firstSentence(error.message), ...(remedy === undefined ? {} : { remedy }) })
  }
}

export function isTable(value: unknown): value is RawTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** The library appends an excerpt of the text; the place says it in less room. */
function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/^Invalid TOML document: /, '')
}

/** The mistake that everybody makes once: permission bits as in a shell. */
function remedyFor(text: string, line: number): string | undefined {
  const mode = /^\s*(umask|mode)\s*=\s*(0[0-7]{2,3})\b/.exec(text.split('\n')[line - 1] ?? '')
  return mode === null ? undefined : `write ${mode[1]} = "${mode[2]}"`
}

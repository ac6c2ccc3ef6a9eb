import { err, ok, type Result } from '../../base/result.ts'

/**
 * Extended regular expressions, as pgrep(1) reads its pattern: regex(7), with glibc's \w \W \s \S \b \B \< \>.
 * They are made into JavaScript's, which mean something else by "a*?", "(?:", "[\d]" and "[[:alpha:]]".
 *
 * `exact` is pgrep's -x: the whole text must match.
 */
export function compileEre(
  pattern: string,
  { exact, ignoreCase }: { readonly exact: boolean; readonly ignoreCase: boolean },
): Result<RegExp, string> {
  const reader: Reader = { text: pattern, at: 0, depth: 0 }
  try {
    const body = alternatives(reader)
    // A dot also stands for a line end; "u": characters, not halves of them.
    return ok(new RegExp(exact ? `^(?:${body})$` : body, ignoreCase ? 'isu' : 'su'))
  } catch (error) {
    return err(error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error))
  }
}

interface Reader {
  readonly text: string
  at: number
  /** Of open parentheses. */
  depth: number
}

class BadPattern extends Error {}

const peek = ({ text, at }: Reader): string => text.charAt(at)

/** The next character, of which there is one; whole, where UTF-16 needs two units. */
function take(reader: Reader): string {
  const character = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0)
  reader.at += character.length
  return character
}

function alternatives(reader: Reader): string {
  const branches = [branch(reader)]
  while (peek(reader) === '|') {
    reader.at += 1
    branches.push(branch(reader))
  }
  return branches.join('|')
}

function branch(reader: Reader): string {
  let done = ''
  while (reader.at < reader.text.length && peek(reader) !== '|') {
    // A closing parenthesis without an opening one stands for itself.
    if (peek(reader) === ')' && reader.depth > 0) break
    done += repeated(reader, atom(reader))
  }
  return done
}

/** Each further repetition repeats what is repeated already: "a*?" is "(a*)?". */
function repeated(reader: Reader, what: string): string {
  for (let done = what; ; done = `(?:${done})`) {
    const times = repetition(reader)
    if (times === undefined) return done
    done += times
    if (!isRepetition(reader)) return done
  }
}

const isRepetition = (reader: Reader): boolean => /^(?:[*+?]|\{[\d,])/.test(reader.text.slice(reader.at, reader.at + 2))

function repetition(reader: Reader): string | undefined {
  if (!isRepetition(reader)) return undefined
  if (peek(reader) !== '{') return take(reader)
  const match = /^\{(\d*)(,?)(\d*)\}/.exec(reader.text.slice(reader.at))
  if (match === null) throw new BadPattern('the repetition {...} is not closed')
  reader.at += match[0].length
  const [, least = '', comma = '', most = ''] = match
  if (least === '' && comma === '') throw new BadPattern('the repetition {} is empty')
  return `{${least || '0'}${comma}${most}}`
}

function atom(reader: Reader): string {
  if (isRepetition(reader)) throw new BadPattern(`there is nothing before ${peek(reader)} to repeat`)
  const character = take(reader)
  switch (character) {
    case '(': {
      reader.depth += 1
      const inner = alternatives(reader)
      if (peek(reader) !== ')') throw new BadPattern('the parenthesis ( is not closed')
      reader.at += 1
      reader.depth -= 1
      return `(${inner})`
    }
    case '[':
      return brackets(reader)
    case '\\':
      return escaped(reader)
    case '.':
      return '.'
    case '^':
    case '$':
      // Repeated, an anchor is no atom to JavaScript.
      return `(?:${character})`
    default:
      return literal(character)
  }
}

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/u, String.raw`\$&`)

function escaped(reader: Reader): string {
  if (reader.at >= reader.text.length) throw new BadPattern('a lone backslash ends the pattern')
  const character = take(reader)
  if (/[wWsSbB1-9]/.test(character)) return `\\${character}`
  switch (character) {
    case '<':
      return String.raw`(?:\b(?=\w))`
    case '>':
      return String.raw`(?:\b(?<=\w))`
    case '`':
      return '(?:^)'
    case "'":
      return '(?:$)'
    default:
      return literal(character)
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: String.raw`\p{L}`,
  digit: '0-9',
  alnum: String.raw`\p{L}\p{Nd}`,
  upper: String.raw`\p{Lu}`,
  lower: String.raw`\p{Ll}`,
  space: String.raw`\s`,
  blank: String.raw` \t`,
  punct: '!-\\/:-@\\[-`\\{-~',
  print: String.raw`\P{Cc}`,
  graph: String.raw`\p{L}\p{M}\p{N}\p{P}\p{S}`,
  cntrl: String.raw`\p{Cc}`,
  xdigit: '0-9A-Fa-f',
}

/** Within brackets a backslash is a backslash, and "]" at the beginning is one of the characters. */
function brackets(reader: Reader): string {
  const negated = peek(reader) === '^'
  if (negated) reader.at += 1
  let inner = ''
  for (let first = true; ; first = false) {
    if (reader.at >= reader.text.length) throw new BadPattern('the bracket [ is not closed')
    if (peek(reader) === ']' && !first) break
    inner += element(reader)
  }
  reader.at += 1
  return `[${negated ? '^' : ''}${inner}]`
}

function element(reader: Reader): string {
  const named = /^\[([:.=])(.*?)\1\]/su.exec(reader.text.slice(reader.at))
  if (named?.[1] === ':') {
    reader.at += named[0].length
    const set = CLASSES[named[2] ?? '']
    if (set === undefined) throw new BadPattern(`there is no class [:${named[2]}:]`)
    return set
  }
  const from = member(reader)
  const isRange = peek(reader) === '-' && reader.at + 1 < reader.text.length && reader.text[reader.at + 1] !== ']'
  if (!isRange) return from
  reader.at += 1
  return `${from}-${member(reader)}`
}

/** One character, which may be written [.x.] or [=x=]. */
function member(reader: Reader): string {
  const named = /^\[([.=])(.)\1\]/su.exec(reader.text.slice(reader.at))
  if (named !== null) reader.at += named[0].length
  return (named?.[2] ?? take(reader)).replace(/[\\^$.*+?()[\]{}|/-]/u, String.raw`\$&`)
}

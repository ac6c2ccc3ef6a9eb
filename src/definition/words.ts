import { err, ok, type Result } from '../base/result.ts'

/** These mean something to a shell and nothing to a program: whoever wrote them wanted a shell. */
const OPERATORS = '|&;<>()`$'

/**
 * Splits a command as a shell splits words: blanks part, quotes and backslashes join (POSIX shell, 2.2 Quoting).
 * Nothing is expanded, and what only a shell could do is refused instead of handed to the program as text.
 */
export function splitWords(text: string): Result<readonly string[], string> {
  const words: string[] = []
  // Undefined between words: an empty word ('') is a word.
  let word: string | undefined
  let quote: string | undefined
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index)
    if (quote === "'") {
      if (character === quote) quote = undefined
      else word += character
    } else if (character === '\\') {
      const next = text.charAt(index + 1)
      if (next === '') return err('a lone backslash ends the command')
      // Within double quotes a backslash quotes only what would mean something there.
      const literal = quote === '"' && !'$`"\\\n'.includes(next)
      if (next !== '\n') word = (word ?? '') + (literal ? character : '') + next
      index += 1
    } else if (character === quote) {
      quote = undefined
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === '$' || character === '`' || (quote === undefined && OPERATORS.includes(character))) {
      return err(`${JSON.stringify(character)} would need a shell`)
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== undefined) return err(`the quote ${quote} is not closed`)
  if (word !== undefined) words.push(word)
  return ok(words)
}

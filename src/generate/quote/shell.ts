/**
 * One word for a POSIX shell, whatever is in it: quotes only where they are needed, so that scripts stay readable.
 * POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes: nothing inside them means anything.
 */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ')

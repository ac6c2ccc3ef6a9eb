/**
 * Quoting for unit files, proven byte for byte by test/inits against the real systemd. systemd.syntax(7), Quoting;
 * systemd.service(5), Command lines; systemd.unit(5), Specifiers.
 */

/** A word of an Exec line: `$` is doubled there, because variables are expanded. */
export const execWord = (text: string): string => (PLAIN.test(text) ? text : quoted(text, true))

export const execLine = (words: readonly string[]): string => words.map(execWord).join(' ')

/** A word of Environment=, ReadWritePaths= and others that are split into words but expand no variables. */
export const settingWord = (text: string): string => (PLAIN.test(text) ? text : quoted(text, false))

const PLAIN = /^[A-Za-z0-9_@+=:,./-][A-Za-z0-9_@+=:,./~^-]*$/

function quoted(text: string, variables: boolean): string {
  return `"${text.replaceAll(SPECIAL, (character) => {
    switch (character) {
      case '\\':
      case '"':
        return `\\${character}`
      case '%':
        return '%%'
      case '$':
        return variables ? '$$' : '$'
      case '\n':
        return String.raw`\n`
      case '\t':
        return String.raw`\t`
      case '\r':
        return String.raw`\r`
      default:
        return `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`
    }
  })}"`
}

const SPECIAL = new RegExp('[\\\\"%$\\u0001-\\u001f\\u007f]', 'g')

/**
 * A value that is taken as it stands but for specifiers, up to the end of the line: Description=, PIDFile=,
 * WorkingDirectory=, StandardOutput=append:. Undefined: it cannot be written so (a line's end, blanks at its ends).
 */
export function wholeLine(text: string): string | undefined {
  if (text !== text.trim() || CONTROL.test(text) || text.endsWith('\\')) return undefined
  return text.replaceAll('%', '%%')
}

/** EnvironmentFile= takes patterns as well. glob(7) */
export const wholeLinePath = (path: string): string | undefined =>
  wholeLine(path.replaceAll(/[\\*?[\]]/g, (character) => `\\${character}`))

const CONTROL = new RegExp('[\\u0000-\\u001f\\u007f]')

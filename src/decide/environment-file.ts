import { err, ok, type Result } from '../base/result.ts'

/**
 * Reads an environment file: NAME=VALUE lines, `#` and `;` begin comments, `export` may stand in front (files in
 * /etc/default are often also sourced by shells), values may be quoted; nothing is expanded. systemd.exec(5),
 * EnvironmentFile=. The error is "LINE: what is wrong".
 */
export function parseEnvironmentFile(text: string): Result<Readonly<Record<string, string>>, string> {
  const variables: Record<string, string> = {}
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const number = index + 1
    let line = (lines[index] ?? '').trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    // A quoted value may go over lines, and a backslash at the end of a line joins it to the next.
    while (isOpen(line) && index + 1 < lines.length) {
      index += 1
      line = `${line}\n${lines[index] ?? ''}`
    }
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(line)
    if (match === null) return err(`${number}: this is not NAME=VALUE`)
    const value = unquote((match[2] ?? '').trim())
    if (value === undefined) return err(`${number}: a quote is not closed`)
    if (value.includes('\0')) return err(`${number}: a variable cannot hold a NUL byte`)
    variables[match[1] ?? ''] = value
  }
  return ok(variables)
}

function isOpen(line: string): boolean {
  const value = line.slice(line.indexOf('=') + 1)
  return line.includes('=') && (unquote(value.trim()) === undefined || /(^|[^\\])(\\\\)*\\$/.test(value))
}

/** Joins quoted and bare pieces as a shell does, without expanding anything; undefined: a quote is open. */
function unquote(text: string): string | undefined {
  let value = ''
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (quote === "'") {
      if (character === "'") quote = ''
      else value += character
    } else if (character === '\\') {
      const next = text[at + 1]
      if (next === undefined) return value
      at += 1
      if (next === '\n') continue
      value += quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next
    } else if (quote === '"') {
      if (character === '"') quote = ''
      else value += character
    } else if (character === '"' || character === "'") quote = character
    else value += character
  }
  return quote === '' ? value : undefined
}

import { err, ok, type Result } from '../base/result.ts'

/** What a name says: `importer@3` is instance 3 of `importer`; `importer@` is a template, of which instances are asked for. */
export interface DaemonName {
  readonly base: string
  readonly instance: string | undefined
  readonly template: boolean
}

const LONGEST = 100

/**
 * Checks the name of a daemon. It becomes part of file names, unit names and identifiers of init scripts, so what
 * means anything to a shell or a path is refused: no slash, no blank, no leading dot or dash.
 */
export function parseName(text: string): Result<DaemonName, string> {
  if (text === '') return err('a daemon needs a name')
  if (text.length > LONGEST) return err(`a name has at most ${LONGEST} characters, this one has ${text.length}`)
  const wrong = /^[A-Za-z0-9]/.test(text) ? /[^A-Za-z0-9._@-]/.exec(text) : /^[^]/u.exec(text)
  if (wrong !== null) {
    const where = wrong.index === 0 ? 'begins with a letter or a digit' : 'has letters, digits and . _ - @ only'
    return err(`${JSON.stringify(text)} is not a name of a daemon: it ${where}`)
  }
  const [base = '', instance, ...rest] = text.split('@')
  if (rest.length > 0) return err(`${JSON.stringify(text)} is not a name of a daemon: "@" stands at most once in it`)
  return ok({ base, instance: instance === '' ? undefined : instance, template: instance === '' })
}

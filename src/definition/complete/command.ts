import type { Command } from '../definition.ts'
import { expand, programPath } from '../expand.ts'
import type { KeyPath } from '../problem.ts'
import type { WrittenCommand } from '../schema/values.ts'
import { report, type Scope } from '../scope.ts'
import { splitWords } from '../words.ts'

/** Stands where a command was wrong, which has been reported. */
const NO_COMMAND: Command = { argv: ['false'], shell: false }

/** Words are split before they are expanded, so that no expansion makes two words of one. */
export function completeCommand(written: WrittenCommand, path: KeyPath, scope: Scope): Command {
  if (typeof written !== 'string') return programAndArguments(written, path, scope)
  if (scope.shell) {
    if (written.trim() === '') return wrong('the command is empty', path, scope)
    return { argv: ['/bin/sh', '-c', expand(written, scope)], shell: true }
  }
  const words = splitWords(written)
  if (words.ok) return programAndArguments(words.value, path, scope)
  return wrong(words.error, path, scope, 'quote it, or write an array of strings, or set shell = true')
}

export function optionalCommand(written: WrittenCommand | undefined, path: KeyPath, scope: Scope): Command | undefined {
  return written === undefined ? undefined : completeCommand(written, path, scope)
}

function programAndArguments(words: readonly string[], path: KeyPath, scope: Scope): Command {
  const [program = '', ...rest] = words
  if (program === '') return wrong('the command is empty', path, scope)
  return { argv: [programPath(program, scope), ...rest.map((word) => expand(word, scope))], shell: false }
}

function wrong(message: string, path: KeyPath, scope: Scope, remedy?: string): Command {
  report(scope, path, message, remedy)
  return NO_COMMAND
}

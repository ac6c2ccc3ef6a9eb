import { posix } from 'node:path'
import type { Scope } from './scope.ts'

/** Replaces `%i` (instance), `%n` (name), `%h` (host name) and `%%`. Any other `%` is what it is. */
export function expand(text: string, scope: Scope): string {
  if (!text.includes('%')) return text
  return text.replaceAll(/%[inh%]/g, (mark) => {
    switch (mark) {
      case '%i':
        return scope.instance ?? ''
      case '%n':
        return scope.name
      case '%h':
        return scope.context.hostname
      default:
        return '%'
    }
  })
}

/** Makes a path absolute: `~` is the home directory, a relative path begins at the definition. */
export function absolutePath(text: string, scope: Scope): string {
  const path = expand(text, scope)
  const { directory, home } = scope.context
  if (path === '~' || path.startsWith('~/')) return posix.resolve(home, `.${path.slice(1)}`)
  return posix.resolve(directory, path)
}

/** A program: a path if it has a slash, else a name that is looked up in PATH when it is run. */
export function programPath(text: string, scope: Scope): string {
  const isPath = text.includes('/') || text === '~'
  return isPath ? absolutePath(text, scope) : expand(text, scope)
}

/** Whether a text differs between the instances of a definition. */
export function namesInstance(text: string): boolean {
  return /%[in]/.test(text.replaceAll('%%', ''))
}

import type { Definition } from './definition.ts'

/**
 * The program that the main process is expected to execute: a path, or a bare name still to be looked up in PATH.
 * Nothing can be expected of a shell: it may execute anything, or stay.
 */
export function expectedExecutable(definition: Pick<Definition, 'executable' | 'command'>): string | undefined {
  if (definition.executable !== undefined) return definition.executable
  return definition.command.shell ? undefined : definition.command.argv[0]
}

const SHELLS = new Set([
  'sh',
  'ash',
  'bash',
  'busybox',
  'csh',
  'dash',
  'fish',
  'ksh',
  'mksh',
  'posh',
  'tcsh',
  'yash',
  'zsh',
])

/** A shell, as it is, or with a version in its name (ksh93). */
export function isShell(program: string): boolean {
  return SHELLS.has(program.slice(program.lastIndexOf('/') + 1).replace(/[\d.]+$/, ''))
}

/** PHP's command line, as it is, or with a version in its name; php-fpm handles its signals itself. */
export const isPhp = (program: string | undefined): boolean =>
  program !== undefined && /^php[\d.]*$/.test(program.slice(program.lastIndexOf('/') + 1))

import { closeSync, openSync, readSync } from 'node:fs'

/** As the kernel reads it: BINPRM_BUF_SIZE. execve(2) */
const LONGEST_LINE = 256

/**
 * The interpreter that a script's first line names, execve(2): a path, or for `#!/usr/bin/env php` the bare name still
 * to be looked up in PATH. Undefined for a program that is no script, or that cannot be read.
 */
export function interpreterOf(path: string): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const buffer = Buffer.alloc(LONGEST_LINE)
    return interpreterIn(buffer.toString('latin1', 0, readSync(fd, buffer, 0, LONGEST_LINE, 0)))
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

export function interpreterIn(head: string): string | undefined {
  const line = /^#![ \t]*([^\n]*)/.exec(head)?.[1]?.trim()
  if (line === undefined || line === '') return undefined
  const [interpreter, ...rest] = line.split(/[ \t]+/)
  if (interpreter === undefined || !/(^|\/)env$/.test(interpreter)) return interpreter
  return rest.find((word) => !word.startsWith('-') && !word.includes('='))
}

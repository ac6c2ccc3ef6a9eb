import { closeSync, openSync, readSync } from 'node:fs'
import type { TokenReading } from './host.ts'

const buffer = Buffer.allocUnsafe(65_536)

/**
 * A file of /proc; undefined: there is no such process any more, or we may not. `whole`: the kernel gives all of it
 * at once where there is room for it (seq_file), as it does of a process's stat and status.
 */
export function readProc(path: string, whole = false): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    let length = 0
    for (;;) {
      const read = readSync(fd, buffer, length, buffer.length - length, null)
      length += read
      if (whole || read === 0 || length === buffer.length) return buffer.toString('latin1', 0, length)
    }
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** The environment that a program was executed with, as far as it has not written over it. proc_pid_environ(5) */
export function readToken(pid: number): TokenReading {
  const environment = readProc(`/proc/${pid}/environ`) ?? ''
  const token = /(?:^|\0)DAEMONCTL_ID=([^\0]*)/.exec(environment)?.[1]
  if (token !== undefined) return { kind: 'token', token }
  return /^[A-Za-z_]\w*=/.test(environment) ? { kind: 'none' } : { kind: 'unreadable' }
}

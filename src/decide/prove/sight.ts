import type { ProcessFacts } from '../process-facts.ts'

/** Where a process stands and what it keeps open. proc_pid_cwd(5), proc_pid_fd(5), proc_pid_status(5) */
export interface Anatomy {
  /** Untrusted: a program may write over it. */
  readonly argv: readonly string[]
  readonly directory: string | undefined
  readonly umask: number | undefined
  readonly descriptors: readonly { readonly fd: number; readonly target: string }[]
}

export interface Body extends Anatomy {
  readonly process: ProcessFacts
}

/** A pidfile as it lies there, whoever may have written it: nothing is signalled by it. */
export interface PidfileSight {
  readonly text: string
  readonly uid: number
  /** Permission bits. */
  readonly mode: number
}

/** How a pidfile came to be: put there whole by rename(2), or written while others could already read it. */
export type Writing = 'whole' | 'in-place' | 'not-seen'

export const nameAll = (processes: readonly ProcessFacts[]): string =>
  processes.map(({ pid, name }) => `PID ${pid} (${name})`).join(', ')

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

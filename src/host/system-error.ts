import { failure, type Failure, type Stage } from '../base/failure.ts'

/** The name of the error as errno(3) has it: "ENOENT"; empty for whatever is not a system call's error. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** What a system call complains of, in the C library's words: "permission denied". */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Node writes "EACCES: permission denied, open '/x'".
  return /^[A-Z0-9]+: (.*?), \w+/.exec(error.message)?.[1] ?? error.message
}

/** The failure of something done to a file: "cannot write /run/x.pid: permission denied". */
export function fileFailure(stage: Stage, doing: string, path: string, error: unknown): Failure {
  const code = errorCode(error)
  const reason = code === 'EACCES' || code === 'EPERM' ? 'not-permitted' : 'failed'
  return failure(reason, stage, `cannot ${doing} ${path}: ${explain(error)}`, { remedy: remedyFor(code, path) })
}

function remedyFor(code: string, path: string): string | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `run it as root or as the owner of ${path}, or name a place where you may write`
    case 'ENOSPC':
    case 'EDQUOT':
      return `make room on the file system of ${path}`
    case 'EROFS':
      return 'name a place on a file system that is not read-only'
    case 'ENOTDIR':
      return 'name a path that leads through directories only'
    case 'EISDIR':
      return 'name a file, not a directory'
    case 'ENOENT':
      return `make the directory of ${path}`
    case 'EMFILE':
    case 'ENFILE':
      return 'raise the limit of open files: ulimit -n'
    default:
      return undefined
  }
}

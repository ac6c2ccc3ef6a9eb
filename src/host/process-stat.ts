import { readProc } from './proc.ts'

/** sysconf(_SC_CLK_TCK), which is 100 for programs on every architecture of Linux that Node runs on. */
export const TICK = 10

/** /proc/PID/stat. proc_pid_stat(5) */
export interface Stat {
  readonly pid: number
  readonly name: string
  /** From field 3, the state, on. */
  readonly fields: readonly string[]
}

/** Up to the start time, field 22. */
const USUAL_FIELDS = 20
/** Up to the exit code, field 52. */
export const ALL_FIELDS = 50

/** undefined: there is no such process. */
export function readStat(pid: string, fields = USUAL_FIELDS): Stat | undefined {
  const text = readProc(`/proc/${pid}/stat`, true)
  return text === undefined ? undefined : parseStat(text, fields)
}

/** The name may hold anything, parentheses and line ends included: it ends at the last ")". */
export function parseStat(text: string, fields = USUAL_FIELDS): Stat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    fields: text.slice(close + 2).split(' ', fields),
  }
}

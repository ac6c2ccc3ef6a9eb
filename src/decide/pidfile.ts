import type { EpochMilliseconds } from './process-facts.ts'

/** What lies at the path of a pidfile. */
export type PidfileReading =
  | { readonly kind: 'absent' }
  /** Its directory or itself may not be read by us, or reading failed. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** It may not be followed at all, see `decide/pidfile-trust.ts`. */
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string }
  | PidfileRead

export interface PidfileRead {
  readonly kind: 'read'
  readonly content: PidfileContent
  /** When it was last written. */
  readonly writtenAt: EpochMilliseconds
  /** Distinguishes this file from one put in its place later: device and inode. */
  readonly file: string
  /** Changes with everything about the file: its content, owner and mode. stat(2), st_ctim */
  readonly stamp: string
  /** On a memory file system (tmpfs): it cannot be older than the boot. */
  readonly volatile: boolean
  /** Someone other than root and ourselves could have written it, see `trustOf`. */
  readonly doubt: { readonly why: string; readonly writer: number | undefined } | undefined
}

export type PidfileContent =
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'garbage'; readonly text: string }

/**
 * Reads the text of a pidfile: optional blanks, one decimal number from 2 to `pidMax`, the end of the line.
 * Later lines are ignored (postgres writes several). 0, 1, signs, hex and words are garbage: kill(2) gives
 * each of them a meaning (the own group, init, another group, everything) that no pidfile can have.
 */
export function parsePidfile(text: string, pidMax: number): PidfileContent {
  if (/^\s*$/.test(text)) return { kind: 'empty' }
  const line = text.split('\n', 1)[0] ?? ''
  const match = /^[ \t]*(\d{1,20})[ \t\r]*$/.exec(line)
  const pid = Number(match?.[1])
  if (match === null || pid < 2 || pid > pidMax) return { kind: 'garbage', text: line.slice(0, 40) }
  return { kind: 'pid', pid }
}

import { err, ok, type Result } from '../base/result.ts'
import { printable } from '../base/text.ts'
import type { LogLevel } from '../definition/definition.ts'
import { includes } from './logs/line-level.ts'
import type { EpochMilliseconds } from './process-facts.ts'

/** What daemonctl tells of itself, and where: DAEMONCTL_LOG="debug stderr", "info /var/log/daemonctl.log json". */
export interface OwnLogSettings {
  readonly level: LogLevel
  readonly target:
    { readonly kind: 'stderr' } | { readonly kind: 'syslog' } | { readonly kind: 'file'; readonly path: string }
  readonly format: 'plain' | 'json'
}

export type ToldLevel = Exclude<LogLevel, 'off'>

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal', 'off']

/** A level, a target and a format, in any order, each at most once. Without a level: info; without a target: stderr. */
export function parseOwnLog(text: string): Result<OwnLogSettings, string> {
  let settings: OwnLogSettings = { level: 'info', target: { kind: 'stderr' }, format: 'plain' }
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const level = LEVELS.find((one) => one === word)
    if (level !== undefined) settings = { ...settings, level }
    else if (word === 'stderr' || word === 'syslog') settings = { ...settings, target: { kind: word } }
    else if (word === 'json' || word === 'plain') settings = { ...settings, format: word }
    else if (word.startsWith('/')) settings = { ...settings, target: { kind: 'file', path: word } }
    else {
      return err(
        `${JSON.stringify(word)} is neither a level (${LEVELS.join(', ')}), nor stderr, syslog, a path, plain or json`,
      )
    }
  }
  return ok(settings)
}

/** A level is told with all that is graver. */
export const isTold = ({ level }: OwnLogSettings, told: ToldLevel): boolean => includes(level, told)

/** A line without its end, that holds no byte which would command a terminal. */
export function ownLogLine(
  { format }: Pick<OwnLogSettings, 'format'>,
  told: { readonly at: EpochMilliseconds; readonly level: ToldLevel; readonly pid: number; readonly text: string },
): string {
  const { at, level, pid, text } = told
  const time = new Date(at).toISOString()
  if (format === 'json') return JSON.stringify({ time, level, pid, text })
  return `${time} daemonctl[${pid}]: ${level}: ${printable(text)}`
}

/** Of the facility "daemon". RFC 5424, 6.2.1; syslog(3) */
const SEVERITY: Readonly<Record<ToldLevel, number>> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7 }
const DAEMON = 3

/** A datagram for /dev/log, which adds what time it is. RFC 3164 */
export const syslogDatagram = (level: ToldLevel, pid: number, text: string): string =>
  `<${DAEMON * 8 + SEVERITY[level]}>daemonctl[${pid}]: ${printable(text)}`

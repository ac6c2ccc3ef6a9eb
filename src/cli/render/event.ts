import { printable } from '../../base/text.ts'
import type { Theme } from '../theme.ts'

/** An event as it comes from a watcher: docs/control-socket.md. */
export type EventJson = Readonly<Record<string, unknown>>

/** `2026-11-21T12:00:00.000Z web: pid 4711 was killed by KILL after 3 s: it is started again at once` */
export function renderEvent({ at, daemon, level, message }: EventJson, theme: Theme): string {
  const said = printable(String(message))
  const text = level === 'error' ? theme.bad(said) : level === 'warn' ? theme.odd(said) : said
  const who = typeof daemon === 'string' ? printable(daemon) : 'watcher'
  return `${theme.quiet(printable(String(at)))} ${theme.name(who)}: ${text}`
}

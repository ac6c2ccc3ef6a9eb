import type { Milliseconds } from '../../base/duration.ts'
import type { Word } from './state.ts'

/** What one datagram on a NOTIFY_SOCKET says, as far as it is heeded. sd_notify(3) */
export interface Notification {
  /** READY=1 */
  readonly ready: boolean
  /** MAINPID= */
  readonly mainPid: number | undefined
  /** STATUS= : untrusted text. */
  readonly status: string | undefined
  /** What it says of its health, in the order in which it is to be heeded. */
  readonly words: readonly Word[]
}

/** Lines of NAME=VALUE, of which the last of a name counts. What is not understood is left out, as systemd does. */
export function parseNotification(text: string): Notification {
  const said = new Map(text.split('\n').map((line) => split(line)))
  const pid = Number(said.get('MAINPID'))
  const words: Word[] = []
  const usec = said.get('WATCHDOG_USEC')
  if (usec !== undefined && /^\d{1,15}$/.test(usec)) words.push({ kind: 'every', every: everyOf(Number(usec)) })
  if (said.get('WATCHDOG') === '1') words.push({ kind: 'well' })
  if (said.get('WATCHDOG') === 'trigger') words.push({ kind: 'ill' })
  if (said.get('STOPPING') === '1') words.push({ kind: 'leaving' })
  return {
    ready: said.get('READY') === '1',
    mainPid: Number.isSafeInteger(pid) && pid > 1 ? pid : undefined,
    status: said.get('STATUS'),
    words,
  }
}

/** 0 switches it off. */
const everyOf = (usec: number): Milliseconds | undefined => (usec === 0 ? undefined : Math.max(1, usec / 1000))

function split(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

import type { Milliseconds } from '../../base/duration.ts'
import type { Word } from './state.ts'

/** What one datagram on a NOTIFY_SOCKET says, as far as it is heeded. sd_notify(3) */
export interface Notification {
  /** READY=1 */
  readonly ready: boolean
  /** RELOADING=1 */
  readonly reloading: Reloading | undefined
  /** MAINPID= */
  readonly mainPid: number | undefined
  /** STATUS= : untrusted text. */
  readonly status: string | undefined
  /** EXTEND_TIMEOUT_USEC= : whatever is waited for now, it asks for so long, from when it says so. */
  readonly longer: Milliseconds | undefined
  /** What it says of its health, in the order in which it is to be heeded. */
  readonly words: readonly Word[]
}

/** It begins to read its configuration again, and says READY=1 when it has. */
export interface Reloading {
  /** When it began, by the monotonic clock; undefined: it did not say. MONOTONIC_USEC= */
  readonly since: Milliseconds | undefined
}

/** Lines of NAME=VALUE, of which the last of a name counts. What is not understood is left out, as systemd does. */
export function parseNotification(text: string): Notification {
  const said = new Map(text.split('\n').map((line) => split(line)))
  const pid = Number(said.get('MAINPID'))
  const words: Word[] = []
  const usec = microseconds(said.get('WATCHDOG_USEC'))
  if (usec !== undefined) words.push({ kind: 'every', every: everyOf(usec) })
  if (said.get('WATCHDOG') === '1') words.push({ kind: 'well' })
  if (said.get('WATCHDOG') === 'trigger') words.push({ kind: 'ill' })
  if (said.get('STOPPING') === '1') words.push({ kind: 'leaving' })
  const extend = microseconds(said.get('EXTEND_TIMEOUT_USEC'))
  const longer = extend === undefined || extend === 0 ? undefined : extend / 1000
  if (longer !== undefined) words.push({ kind: 'longer', by: longer })
  return {
    ready: said.get('READY') === '1',
    reloading: said.get('RELOADING') === '1' ? { since: inMilliseconds(said.get('MONOTONIC_USEC')) } : undefined,
    mainPid: Number.isSafeInteger(pid) && pid > 1 ? pid : undefined,
    status: said.get('STATUS'),
    longer,
    words,
  }
}

const microseconds = (text = ''): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

function inMilliseconds(text: string | undefined): Milliseconds | undefined {
  const usec = microseconds(text)
  return usec === undefined ? undefined : usec / 1000
}

/** 0 switches it off. */
const everyOf = (usec: number): Milliseconds | undefined => (usec === 0 ? undefined : Math.max(1, usec / 1000))

function split(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

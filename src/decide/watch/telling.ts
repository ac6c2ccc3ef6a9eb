import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { formatSize } from '../../base/size.ts'
import { describeExit, type Exit } from '../exit.ts'
import type { EndCause } from './state.ts'

/** What people are told, and what history keeps, of the watcher's decisions. */
export type Telling =
  | { readonly kind: 'adopted'; readonly pid: number }
  | { readonly kind: 'started'; readonly pid: number; readonly recovered: boolean }
  | { readonly kind: 'changed'; readonly pid: number; readonly was: number }
  | {
      readonly kind: 'ended'
      readonly pid: number | undefined
      readonly exit: Exit
      readonly cause?: EndCause | undefined
      /** How long it ran; undefined: nobody knows, or it never did. */
      readonly ran: Milliseconds | undefined
      readonly next: Next
    }
  | { readonly kind: 'start-failed'; readonly why: string; readonly next: Next }
  | { readonly kind: 'failing'; readonly why: string; readonly failed: number; readonly of: number }
  | { readonly kind: 'ending'; readonly why: string }
  | { readonly kind: 'not-ended'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }
  | { readonly kind: 'trying-again' }
  /** Something odd that does not stop the work. */
  | { readonly kind: 'warned'; readonly what: string }

/** What is decided after an end. */
export type Next =
  | { readonly kind: 'at-once' }
  | { readonly kind: 'after'; readonly delay: Milliseconds }
  | {
      readonly kind: 'cool-down'
      readonly delay: Milliseconds
      readonly starts: number
      readonly interval: Milliseconds
    }
  | { readonly kind: 'stay-down'; readonly why: 'finished' | 'prevented' | 'given-up' | 'paused' | 'stopped' }

export type Level = 'info' | 'warn' | 'error'

export function levelOf(what: Telling): Level {
  switch (what.kind) {
    case 'adopted':
    case 'started':
    case 'changed':
    case 'trying-again':
      return 'info'
    case 'ended':
      return what.next.kind === 'stay-down' && what.next.why !== 'given-up'
        ? 'info'
        : what.next.kind === 'cool-down' || what.next.kind === 'stay-down'
          ? 'error'
          : 'warn'
    case 'failing':
    case 'ending':
    case 'warned':
      return 'warn'
    case 'start-failed':
    case 'not-ended':
    case 'unclear':
      return 'error'
  }
}

/** One sentence without a full stop at its end. */
export function sentence(what: Telling): string {
  switch (what.kind) {
    case 'adopted':
      return `it runs already (pid ${what.pid}) and is watched from now on`
    case 'started':
      return `it is up${what.recovered ? ' again' : ''} (pid ${what.pid})`
    case 'changed':
      return `its main PID changed from ${what.was} to ${what.pid}`
    case 'ended':
      return `${what.pid === undefined ? 'it' : `pid ${what.pid}`} ${describeExit(what.exit)}${what.cause === undefined ? '' : ' (memory ran out)'}${
        what.ran === undefined ? '' : ` after ${formatDuration(what.ran)}`
      }: ${nextText(what.next)}`
    case 'start-failed':
      return `it did not start: ${what.why}: ${nextText(what.next)}`
    case 'failing':
      return `its health probe failed (${what.failed} of ${what.of}): ${what.why}`
    case 'ending':
      return `it is stopped and started again: ${what.why}`
    case 'not-ended':
      return `it could not be ended: ${what.why}`
    case 'unclear':
      return `it cannot be told whether it runs: ${what.why}`
    case 'warned':
      return what.what
    case 'trying-again':
      return 'its cool-down is over, it is started again'
  }
}

export const bigText = (rss: number, most: number): string =>
  `it uses ${formatSize(rss)}, more than ${formatSize(most)} (max-rss)`

export function nextText(next: Next): string {
  switch (next.kind) {
    case 'at-once':
      return 'it is started again at once'
    case 'after':
      return `it is started again in ${formatDuration(next.delay)}`
    case 'cool-down':
      return `it was started ${next.starts} times in ${formatDuration(next.interval)}, the next start is in ${formatDuration(next.delay)}`
    case 'stay-down':
      return STAY_DOWN[next.why]
  }
}

const STAY_DOWN = {
  finished: 'its respawn policy leaves it down',
  prevented: 'that is in respawn.prevent-exit, it stays down',
  'given-up': 'too many starts and give-up is set, it stays down until somebody starts it',
  paused: 'it is paused and stays down',
  stopped: 'it was stopped and stays down',
} as const

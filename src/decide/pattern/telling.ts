import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { describeExit, type Exit } from '../exit.ts'
import type { RecoveryOutcome } from './state.ts'

/** What people are told about a pattern. */
export type Telling =
  | {
      readonly kind: 'matched'
      readonly pid: number
      readonly name: string
      readonly count: number
      readonly recovered: boolean
    }
  | { readonly kind: 'ended'; readonly pid: number; readonly exit: Exit; readonly ran: Milliseconds }
  | { readonly kind: 'stopped'; readonly why: string; readonly interval: Milliseconds }
  | { readonly kind: 'recovering'; readonly leftovers: readonly number[] }
  | { readonly kind: 'recovered'; readonly outcome: RecoveryOutcome; readonly took: Milliseconds }
  | {
      readonly kind: 'backing-off'
      /** The recovery changed nothing; else it did, but not for long. */
      readonly inVain: boolean
      readonly times: number
      readonly delay: Milliseconds
      readonly interval: Milliseconds
      readonly leftovers: readonly number[]
    }
  | { readonly kind: 'held'; readonly delay: Milliseconds; readonly interval: Milliseconds }

export type Level = 'info' | 'warn' | 'error'

export function levelOf(what: Telling): Level {
  switch (what.kind) {
    case 'matched':
    case 'stopped':
      return 'info'
    case 'ended':
    case 'recovering':
    case 'held':
      return 'warn'
    case 'recovered':
      return complaint(what.outcome) === undefined ? 'info' : 'error'
    case 'backing-off':
      return 'error'
  }
}

/** One sentence without a full stop at its end. */
export function sentence(what: Telling): string {
  switch (what.kind) {
    case 'matched': {
      const others = what.count > 1 ? `, the first of ${what.count}` : ''
      return `${what.recovered ? 'recovered: ' : ''}pid ${what.pid} (${what.name}) matches${others}`
    }
    case 'ended':
      return `pid ${what.pid} ${describeExit(what.exit)} after ${formatDuration(what.ran)}`
    case 'stopped':
      return `nothing matches, and that is wanted: ${what.why}; looking every ${formatDuration(what.interval)}`
    case 'recovering':
      return `nothing matches${leftoverText(what.leftovers)}: running the recovery`
    case 'recovered':
      return `the recovery ${complaint(what.outcome) ?? 'ended with exit status 0'} after ${formatDuration(what.took)}`
    case 'backing-off': {
      const why = what.inVain ? 'the recovery changed nothing' : 'it did not stay'
      const row = what.times > 1 ? ` (${what.times} times in a row)` : ''
      return `${why}${row}: nothing matches${leftoverText(what.leftovers)}; ${waiting(what)}`
    }
    case 'held':
      return `nothing matches, and the last recovery was in vain; ${waiting(what)}`
  }
}

const waiting = ({ delay, interval }: { readonly delay: Milliseconds; readonly interval: Milliseconds }): string =>
  `the next recovery is in ${formatDuration(delay)}, looking every ${formatDuration(interval)} until then`

const leftoverText = (pids: readonly number[]): string =>
  pids.length === 0
    ? ''
    : ` but what the last one left behind (pid ${pids.slice(0, 10).join(', ')}${pids.length > 10 ? ', ...' : ''})`

/** What was wrong with a recovery; undefined: nothing. */
function complaint({ exit, timedOut, unable }: RecoveryOutcome): string | undefined {
  if (unable !== undefined) return `cannot be run: ${unable}`
  if (timedOut) return 'did not end in time and was ended'
  return exit.kind === 'code' && exit.code === 0 ? undefined : describeExit(exit)
}

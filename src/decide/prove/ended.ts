import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { describeExit, type Exit } from '../exit.ts'
import type { ProcessFacts } from '../process-facts.ts'
import { nameAll } from './sight.ts'
import { whyNot, type Verb } from './started.ts'
import { advice, failed, notApplicable, passed, untested, type Check } from './verdict.ts'

export interface Stopped {
  /** It was told to end by its first stop signal, or its stop command, and did. */
  readonly ended: boolean
  readonly by: string
  /** How long it had. */
  readonly within: Milliseconds
  readonly exit: Exit | undefined
  /** What of it is left although nobody but the main process was told. */
  readonly left: readonly ProcessFacts[]
  /** Sockets of the definition that are still there. */
  readonly sockets: readonly string[]
}

export const STOPPED: readonly Check<Stopped>[] = [
  {
    id: 'stop',
    title: 'it stops in time',
    judge: ({ ended, by, within }) =>
      ended
        ? passed
        : failed(
            `it still ran ${formatDuration(within)} after ${by}`,
            'handle the signal: finish the work in hand, with a bound, and end',
          ),
  },
  {
    id: 'stop-complete',
    title: 'nothing of it is left',
    judge: ({ left }) =>
      left.length === 0
        ? passed
        : failed(`still alive: ${nameAll(left)}`, 'end your children and wait for them before you end'),
  },
  {
    id: 'stop-status',
    title: 'it ends with exit status 0',
    judge: ({ exit }) => {
      if (exit === undefined || exit.kind === 'unseen') return notApplicable('its end was not ours to see')
      return exit.kind === 'code' && exit.code === 0
        ? passed
        : advice(`it ${describeExit(exit)}`, 'handle TERM and end with 0: then a crash looks different from a stop')
    },
  },
  {
    id: 'stop-sockets',
    title: 'it takes its sockets with it',
    judge: ({ sockets }) =>
      sockets.length === 0 ? passed : advice(`still there: ${sockets.join(', ')}`, 'unlink(2) them at the end'),
  },
]

/** Started again after kill -9, over whatever that left: the pidfile of a dead process, sockets, locks. */
export interface Crashed {
  /** Of a daemon that detaches itself: started by hand. */
  readonly byHand: { readonly alive: boolean; readonly said: readonly string[] } | undefined
  readonly verb: Verb
}

export const CRASHED: readonly Check<Crashed>[] = [
  {
    id: 'stale-by-hand',
    title: 'the program starts over the pidfile of a dead one',
    judge: ({ byHand }) => {
      if (byHand === undefined) return notApplicable('it writes no pidfile of its own')
      return byHand.alive
        ? passed
        : failed(
            ['it does not start', ...byHand.said.slice(-2)].join(': '),
            'a pidfile is no lock: take flock(2) on a file, which no dead process holds',
          )
    },
  },
  {
    id: 'stale',
    title: 'it starts again after a crash',
    judge: ({ verb }) =>
      verb.result === 'done'
        ? passed
        : failed(whyNot(verb), 'remove what a dead one left (a socket, say) once you have the lock'),
  },
]

/** TERM as soon as the program was there to get it. Undefined: it was not. */
export type Early = { readonly ended: boolean; readonly within: Milliseconds } | undefined

export const EARLY: readonly Check<Early>[] = [
  {
    id: 'early-term',
    title: 'TERM sent at once after a start is not lost',
    judge: (seen) => {
      if (seen === undefined) return untested('it did not come up')
      return seen.ended
        ? passed
        : failed(
            `it still ran ${formatDuration(seen.within)} later`,
            'set the handlers before the pidfile is written, and look at their flag before each wait',
          )
    },
  },
]

import { describeExit, type Exit } from '../exit.ts'
import type { ProcessFacts } from '../process-facts.ts'
import { nameAll } from './sight.ts'
import { whyNot, type Verb } from './started.ts'
import { advice, failed, passed, type Check } from './verdict.ts'

/** A second start while the daemon runs: by daemonctl, then of the program itself. */
export interface Second {
  readonly again: Verb
  readonly exit: Exit
  readonly timedOut: boolean
  /** What the second program left running, or was still at when its time was over. */
  readonly copies: readonly ProcessFacts[]
  /** The first daemon is still the same process. */
  readonly firstLives: boolean
  /** The pidfile still names it. */
  readonly pidfileStays: boolean
}

const refuses = ({ timedOut, copies }: Second): boolean => !timedOut && copies.length === 0

const LOCK_FIX = 'take a lock first of all and keep it: flock(2) on a file, which ends with the process'

export const SECOND: readonly Check<Second>[] = [
  {
    id: 'second-start',
    title: 'a second start finds it running',
    judge: ({ again }) =>
      again.result === 'nothing'
        ? passed
        : failed(
            again.result === 'done' ? 'a second copy was started' : whyNot(again),
            'let the pidfile name the process that stays',
          ),
  },
  {
    id: 'second-copy',
    title: 'the program itself refuses to run twice',
    judge: (seen) => {
      if (!refuses(seen)) {
        const copies = seen.copies.length === 0 ? 'it ran on' : nameAll(seen.copies)
        return advice(`no single-instance lock of its own: ${copies}`, LOCK_FIX)
      }
      return seen.exit.kind === 'code' && seen.exit.code === 0
        ? advice('it refuses, but ends with exit status 0', 'end with another status: scripts take 0 for a start')
        : passed
    },
  },
  {
    id: 'second-first',
    title: 'a second copy does the first no harm',
    judge: ({ firstLives, pidfileStays, exit }) => {
      if (!firstLives) return failed(`the first one has ended; the second ${describeExit(exit)}`, LOCK_FIX)
      return pidfileStays
        ? passed
        : failed(
            'the pidfile of the first is gone, or names another now',
            'touch the pidfile only when the lock is yours',
          )
    },
  },
]

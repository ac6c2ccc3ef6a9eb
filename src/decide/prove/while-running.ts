import type { Disposition } from '../reload-signal.ts'
import { whyNot, type Verb } from './started.ts'
import { failed, notApplicable, passed, untested, type Check } from './verdict.ts'

/** Undefined: the definition has no reload. */
export type Reloaded = { readonly verb: Verb; readonly sameProcess: boolean; readonly alive: boolean } | undefined

export const RELOAD: readonly Check<Reloaded>[] = [
  {
    id: 'reload',
    title: 'it reloads its configuration as the same process',
    judge: (seen) => {
      if (seen === undefined) return notApplicable('the definition has no reload')
      if (!seen.alive) return failed('it ended', 'handle the signal before the pidfile is written or readiness is told')
      if (seen.verb.result !== 'done') {
        return failed(whyNot(seen.verb), 'handle the signal, or define reload.signal = "none"')
      }
      return seen.sameProcess
        ? passed
        : failed('its main process is another one now', 'read the configuration again in the same process')
    },
  },
]

/** Undefined: the definition has no signal for it. */
export type Reopened =
  | {
      readonly signal: string
      readonly disposition: Disposition
      /** The log could be put aside: it lies in the scratch place. */
      readonly movable: boolean
      readonly alive: boolean
      /** The file is there again. */
      readonly made: boolean
      /** Somebody of the daemon still has the old file open. */
      readonly holdsOld: boolean
    }
  | undefined

const REOPEN_FIX = 'at the signal open the log by its name again (append), and dup2(2) it to 1 and 2'

export const REOPEN: readonly Check<Reopened>[] = [
  {
    id: 'reopen',
    title: 'it opens its log again when it was renamed',
    judge: (seen) => {
      if (seen === undefined) return notApplicable('the definition has no log.reopen-signal')
      const { signal, disposition, movable, alive, made, holdsOld } = seen
      if (disposition !== 'handled') return failed(`SIG${signal} is not handled: it is ${disposition}`, REOPEN_FIX)
      if (!movable) {
        return untested('its log cannot be moved: name the path of log.stdout in its command or environment')
      }
      if (!alive) return failed('it ended', REOPEN_FIX)
      if (!made) return failed('no new file appeared', REOPEN_FIX)
      return holdsOld ? failed('it keeps the renamed file open', REOPEN_FIX) : passed
    },
  },
]

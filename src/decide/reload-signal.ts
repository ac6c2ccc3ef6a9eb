import { defaultAction, signalNumber, type SignalName } from '../base/signals.ts'
import { isPhp } from '../definition/expected-executable.ts'
import type { ProcessDetail } from './process-facts.ts'

/** What a signal would do to a process. signal(7), proc_pid_status(5): SigCgt, SigIgn */
export type Disposition = 'handled' | 'ignored' | 'deadly' | 'stopping'

/** Zend/zend_signal.c, zend_sigs: PHP catches them itself, and does by default what the kernel would have done. */
const CAUGHT_BY_PHP: ReadonlySet<SignalName> = new Set(['PROF', 'HUP', 'INT', 'QUIT', 'TERM', 'USR1', 'USR2'])

/** It is caught in any case: the kernel cannot say whether the program has a handler for it, or dies of it. */
export const isCaughtByInterpreter = ({ executable }: Pick<ProcessDetail, 'executable'>, signal: SignalName): boolean =>
  isPhp(executable) && CAUGHT_BY_PHP.has(signal)

export function dispositionOf(process: ProcessDetail, signal: SignalName): Disposition {
  const bit = 1n << BigInt(signalNumber(signal) - 1)
  if ((process.caughtSignals & bit) !== 0n) return 'handled'
  if ((process.ignoredSignals & bit) !== 0n) return 'ignored'
  switch (defaultAction(signal)) {
    case 'terminate':
      return 'deadly'
    case 'stop':
      return 'stopping'
    case 'ignore':
    case 'continue':
      return 'ignored'
  }
}

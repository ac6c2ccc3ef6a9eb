import { defaultAction, signalNumber, type SignalName } from '../base/signals.ts'
import type { ProcessDetail } from './process-facts.ts'

/** What a signal would do to a process. signal(7), proc_pid_status(5): SigCgt, SigIgn */
export type Disposition = 'handled' | 'ignored' | 'deadly' | 'stopping'

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

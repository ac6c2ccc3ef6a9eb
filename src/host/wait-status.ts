import { signalName } from '../base/signals.ts'
import type { Exit } from './host.ts'

/** How a process ended, of what wait(2) gives. */
export function exitOfStatus(status: number): Exit {
  const number = status & 0x7f
  if (number === 0) return { kind: 'code', code: (status >> 8) & 0xff }
  const signal = signalName(number)
  return signal === undefined ? { kind: 'unseen' } : { kind: 'signal', signal }
}

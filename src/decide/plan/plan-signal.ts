import type { SignalName } from '../../base/signals.ts'
import type { Condition } from '../condition.ts'
import { notRunning, refuseUnclear } from './refusals.ts'
import type { Plan } from './plan.ts'

/** signal: whatever the operator asks for, to the main process. What it does there is the operator's business. */
export function planSignal(condition: Condition, signal: SignalName): Plan {
  const unclear = refuseUnclear(condition)
  if (unclear !== undefined) return { kind: 'refused', failure: unclear }
  return condition.kind === 'running'
    ? { kind: 'steps', steps: [{ do: 'send', signal, because: 'signal' }] }
    : { kind: 'refused', failure: notRunning('signalling') }
}

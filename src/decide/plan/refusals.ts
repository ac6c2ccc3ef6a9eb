import { failure, type Failure } from '../../base/failure.ts'
import type { Condition } from '../condition.ts'

/** What cannot be told is neither started nor signalled. */
export function refuseUnclear(condition: Condition): Failure | undefined {
  return condition.kind === 'unknown' && condition.matter === 'unclear'
    ? failure('unknown-condition', 'judging the condition', `it cannot be told whether it runs: ${condition.why}`, {
        remedy: condition.remedy,
      })
    : undefined
}

export const notRunning = (stage: 'reloading' | 'signalling'): Failure =>
  failure('not-running', stage, 'it is not running', { remedy: 'start it first' })

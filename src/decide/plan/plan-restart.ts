import type { Definition } from '../../definition/definition.ts'
import type { Condition } from '../condition.ts'
import { planStart, stopAndStart } from './plan-start.ts'
import type { Plan } from './plan.ts'

/** restart: the config test before the stop, the start only after the end has been seen. Stopped: start. */
export function planRestart(condition: Condition, definition: Definition): Plan {
  return condition.kind === 'running' ? stopAndStart(definition) : planStart(condition, definition)
}

import type { Definition } from '../../definition/definition.ts'
import type { Condition } from '../condition.ts'
import { launchSteps, planStart } from './plan-start.ts'
import { configTestSteps } from './shared-steps.ts'
import { stopSteps } from './plan-stop.ts'
import type { Plan } from './plan.ts'

/** restart: the config test before the stop, the start only after the end has been seen. Stopped: start. */
export function planRestart(condition: Condition, definition: Definition): Plan {
  if (condition.kind !== 'running') return planStart(condition, definition)
  return {
    kind: 'steps',
    steps: [
      ...configTestSteps(definition),
      { do: 'wish', want: 'up' },
      ...stopSteps(definition),
      ...launchSteps(definition),
    ],
  }
}

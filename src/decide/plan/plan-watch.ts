import type { Definition } from '../../definition/definition.ts'
import type { Condition } from '../condition.ts'
import { isSameProcess, type Identity } from '../identity.ts'
import { planStart } from './plan-start.ts'
import { planStop } from './plan-stop.ts'
import type { Plan } from './plan.ts'
import type { Want } from './step.ts'

/**
 * respawn: as start, but nobody has wished for it: what was stopped stays stopped. `want` is read under the lock,
 * so that a stop and a respawn of the same millisecond have an order.
 */
export function planRespawn(condition: Condition, definition: Definition, want: Want): Plan {
  return want === 'down'
    ? { kind: 'nothing', why: 'it was stopped meanwhile', steps: [] }
    : withoutWish(planStart(condition, definition))
}

/**
 * end: as stop, but nobody has wished for it: the watcher has it come back. Where it was decided of one process, its
 * successor is left alone.
 */
export function planEnd(condition: Condition, definition: Definition, only: Identity | undefined): Plan {
  if (only !== undefined && condition.kind === 'running' && !isSameProcess(condition.main, only)) {
    return { kind: 'nothing', why: `it is another process by now (pid ${condition.main.pid})`, steps: [] }
  }
  return withoutWish(planStop(condition, definition))
}

const withoutWish = (plan: Plan): Plan =>
  plan.kind === 'refused' ? plan : { ...plan, steps: plan.steps.filter((step) => step.do !== 'wish') }

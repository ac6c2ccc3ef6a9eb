import type { Definition } from '../../definition/definition.ts'
import type { Condition } from '../condition.ts'
import { leftoverSteps, stopSteps } from './plan-stop.ts'
import { refuseUnclear } from './refusals.ts'
import { configTestSteps, hookSteps } from './shared-steps.ts'
import type { Plan } from './plan.ts'
import type { Step } from './step.ts'

/**
 * start: nothing when it runs, unless a stop of it was never finished: then it may die any moment, so the stop is
 * finished first. Else the config test comes first, so that a bad configuration changes nothing at all.
 */
export function planStart(condition: Condition, definition: Definition): Plan {
  if (condition.kind === 'running' && condition.ending) return stopAndStart(definition)
  if (condition.kind === 'running') {
    return {
      kind: 'nothing',
      why: `it is already running (pid ${condition.main.pid})`,
      steps: [{ do: 'wish', want: 'up' }],
    }
  }
  const refusal = refuseUnclear(condition)
  if (refusal !== undefined) return { kind: 'refused', failure: refusal }
  return {
    kind: 'steps',
    steps: [
      ...configTestSteps(definition),
      { do: 'wish', want: 'up' },
      ...clearingSteps(condition, definition),
      ...launchSteps(definition),
    ],
  }
}

/** One after the other, never two at once; the config test first, while nothing has been touched yet. */
export function stopAndStart(definition: Definition): Plan {
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

/** Everything from a world in which nothing of the daemon runs to one in which it is ready. */
export function launchSteps(definition: Definition): readonly Step[] {
  const { start } = definition
  const steps: Step[] = []
  steps.push(...hookSteps(definition, 'pre-start'))
  steps.push({
    do: 'launch',
    type: definition.type,
    command: definition.command,
    directory: definition.directory,
    user: definition.user,
    pidfile: definition.pidfile,
  })
  if (definition.type === 'forking') {
    steps.push({ do: 'await-pidfile', path: definition.pidfile, within: start.timeout })
  }
  steps.push(
    start.ready === undefined
      ? { do: 'settle', quiet: start.settle, within: start.timeout }
      : { do: 'await-ready', probe: start.ready, within: start.timeout },
  )
  if (definition.lockFile !== undefined) steps.push({ do: 'make-lock-file', path: definition.lockFile })
  steps.push(...hookSteps(definition, 'post-start'))
  return steps
}

/** Ends what a dead main process left behind, and removes a pidfile that names nobody. */
function clearingSteps(condition: Exclude<Condition, { kind: 'running' }>, definition: Definition): readonly Step[] {
  const steps: Step[] = [...leftoverSteps(condition.leftovers, definition)]
  if (condition.kind !== 'stopped') {
    steps.push({ do: 'discard-pidfile', path: definition.pidfile, why: condition.why })
  }
  return steps
}

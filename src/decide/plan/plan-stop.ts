import type { Definition } from '../../definition/definition.ts'
import type { Condition, Leftovers } from '../condition.ts'
import { refuseUnclear } from './refusals.ts'
import { hookSteps, speaks } from './shared-steps.ts'
import type { Plan } from './plan.ts'
import type { End, Step } from './step.ts'

/** stop: the wish first, then the stop command, then the schedule; and what is left on disk is removed last. */
export function planStop(condition: Condition, definition: Definition): Plan {
  const refusal = refuseUnclear(condition)
  if (refusal !== undefined) return { kind: 'refused', failure: refusal }
  const wish: Step = { do: 'wish', want: 'down' }
  if (condition.kind === 'running') {
    return { kind: 'steps', steps: [wish, ...stopSteps(definition)] }
  }
  const cleaning: Step[] = []
  cleaning.push(...leftoverSteps(condition.leftovers, definition))
  if (condition.kind !== 'stopped') {
    cleaning.push({ do: 'discard-pidfile', path: definition.pidfile, why: condition.why })
  }
  if (cleaning.length > 0 || (condition.kind === 'stopped' && (condition.lockFile || condition.record))) {
    cleaning.push(forget(definition))
  }
  return cleaning.length === 0
    ? { kind: 'nothing', why: 'it is not running', steps: [wish] }
    : { kind: 'steps', steps: [wish, ...cleaning] }
}

/** Everything from a running daemon to a world in which nothing of it is left. */
export function stopSteps(definition: Definition): readonly Step[] {
  const { stop } = definition
  const steps: Step[] = []
  steps.push(...hookSteps(definition, 'pre-stop'))
  if (speaks(definition)) steps.push({ do: 'listen', of: 'end', demanded: false })
  if (stop.command !== undefined) {
    steps.push({ do: 'run-stop-command', command: stop.command, within: stop.timeout })
  }
  const ends = endSteps(definition, 'main-first')
  steps.push(...(stop.killMode === 'main' ? onlyMain(ends) : ends))
  steps.push(forget(definition))
  steps.push(...hookSteps(definition, 'post-stop'))
  return steps
}

/** The stop schedule as steps. The first signal gives the main process its chance to end its own in its own order. */
function endSteps({ stop }: Definition, first: 'main-first' | 'all'): readonly Step[] {
  const { steps, repeatFrom } = stop.schedule
  const ends = steps.map(({ signal, wait }, index): End => ({
    do: 'end',
    signal,
    within: wait,
    reach: index === 0 ? first : signal === 'KILL' ? 'all' : 'main-first',
  }))
  return repeatFrom === undefined
    ? ends
    : [...ends.slice(0, repeatFrom), { do: 'repeat', steps: ends.slice(repeatFrom) }]
}

const onlyMain = (steps: readonly Step[]): readonly Step[] =>
  steps.map((step): Step => {
    if (step.do === 'end') return { ...step, reach: 'main' }
    return step.do === 'repeat' ? { ...step, steps: step.steps.map((end): End => ({ ...end, reach: 'main' })) } : step
  })

/**
 * Ends what is left of a dead main process, and fails if that is not to be had (KILL does not end what hangs in the
 * kernel). With kill-mode "main" the work of a daemon that ran (the sessions of
 * sshd) is left alone, but never what an unfinished start began: that would become a second copy.
 */
export function leftoverSteps(leftovers: Leftovers, definition: Definition): readonly Step[] {
  const wanted = definition.stop.killMode === 'all' || leftovers.ofUnfinishedStart
  return wanted && leftovers.processes.length > 0 ? [...endSteps(definition, 'all'), { do: 'verify-gone' }] : []
}

const forget = (definition: Definition): Step => ({
  do: 'forget',
  pidfile: definition.pidfile,
  lockFile: definition.lockFile,
})

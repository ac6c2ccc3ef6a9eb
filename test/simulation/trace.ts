import type { Definition } from '../../src/definition/definition.ts'
import type { Plan } from '../../src/decide/plan/plan.ts'
import type { Step } from '../../src/decide/plan/step.ts'
import type { Effect } from './fake-host.ts'

/** By what effects a step is known in the log of a host: at least `least` of them, and no others. */
function marksOf(step: Step): { readonly least: number; readonly is: (effect: Effect) => boolean } {
  const named = (...names: readonly string[]) => ({
    least: 1,
    is: (effect: Effect) => names.includes(effect.name) || names.includes(`${effect.name} ${effect.with}`),
  })
  const perhaps = (...names: readonly string[]) => ({ ...named(...names), least: 0 })
  const signals =
    (...signals: readonly string[]) =>
    (effect: Effect) =>
      effect.name === 'signal' && signals.includes(effect.with.split(' ')[0] ?? '')
  switch (step.do) {
    case 'test-config':
    case 'run-hook':
    case 'run-reload-command':
      return named(`command ${step.command.argv.join(' ')}`)
    case 'run-stop-command': {
      const command = named(`command ${step.command.argv.join(' ')}`)
      return { least: 1, is: (effect) => isNoted(effect) || command.is(effect) }
    }
    case 'wish':
      return named(`wish ${step.want}`)
    case 'discard-pidfile':
      return named(`remove pidfile ${step.path}`)
    case 'launch':
      return { ...named('make directory', 'spawn', 'write record', 'write pidfile', 'release'), least: 3 }
    case 'await-ready':
    case 'settle':
      return { least: 0, is: (effect) => effect.name === 'write record' || effect.name === 'join cgroup' }
    case 'await-pidfile':
    case 'follow':
      return perhaps('write record')
    case 'make-lock-file':
      return named(`touch ${step.path}`)
    case 'end':
      return {
        least: 0,
        is: (effect) =>
          isNoted(effect) ||
          signals(step.signal, 'CONT')(effect) ||
          (step.signal === 'KILL' && effect.name === 'kill cgroup'),
      }
    case 'repeat':
      return { least: 0, is: (effect) => step.steps.some((end) => marksOf(end).is(effect)) }
    case 'forget':
      return named('remove cgroup', 'remove pidfile', 'remove file', 'remove record')
    case 'listen':
    case 'await-reloaded':
    case 'verify-gone':
      return { least: 0, is: () => false }
    case 'send':
      return { least: 1, is: signals(step.signal) }
  }
}

/** That it is ending goes on record before it is told to. */
const isNoted = (effect: Effect): boolean => effect.name === 'write record' && effect.with.startsWith('ending')

/** What in a log of effects is not told by the plan, in sentences. */
export function deviations(plan: Plan, effects: readonly Effect[]): readonly string[] {
  const rest = effects.filter(({ name }) => name !== 'lock' && name !== 'history' && name !== 'write last good')
  const found: string[] = []
  for (const step of plan.kind === 'refused' ? [] : plan.steps) {
    const { least, is } = marksOf(step)
    let count = 0
    while (rest[0] !== undefined && is(rest[0])) {
      rest.shift()
      count += 1
    }
    if (count < least) found.push(`${step.do} was planned, but not done`)
  }
  return [...found, ...rest.map((effect) => `${effect.name} ${effect.with} was done, but not planned`)]
}

/** Slack for what takes no time worth planning. */
const SLACK = 200

/** The longest time that a plan may take, with the mending of a start that fails. */
export function longest(plan: Plan, { start, stop }: Definition): number {
  const steps = plan.kind === 'refused' ? [] : plan.steps
  const launches = steps.some((step) => step.do === 'launch')
  const mending = launches ? stop.schedule.steps.reduce((sum, { wait }) => sum + wait + SLACK, 0) : 0
  return steps.reduce((sum, step) => sum + longestOf(step, start.timeout), mending + SLACK)
}

function longestOf(step: Step, configTest: number): number {
  if (step.do === 'test-config') return configTest
  if (step.do === 'settle') return Math.max(step.quiet, 1000) + SLACK
  return 'within' in step ? step.within + SLACK : SLACK
}

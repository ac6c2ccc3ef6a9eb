import { formatDuration } from '../../base/duration.ts'
import { printable } from '../../base/text.ts'
import { unreachable } from '../../base/result.ts'
import type { Condition } from '../../decide/condition.ts'
import type { Plan } from '../../decide/plan/plan.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { Command } from '../../definition/definition.ts'
import { describeProbe } from '../../operations/describe-probe.ts'
import type { Theme } from '../theme.ts'
import { describeCondition } from './condition.ts'

/** What --dry-run prints: the condition that was found and the steps that the real run would perform. */
export function renderPlan(name: string, condition: Condition, plan: Plan, theme: Theme): string {
  const head = `${theme.name(printable(name))}: ${printable(describeCondition(condition))}`
  switch (plan.kind) {
    case 'refused':
      return `${head}\n  ${theme.bad('refused')}: ${printable(plan.failure.message)}${plan.failure.remedy === undefined ? '' : `; ${printable(plan.failure.remedy)}`}`
    case 'nothing':
    case 'steps': {
      const lines = plan.steps.map((step, index) => `  ${index + 1}. ${printable(describeStep(step))}`)
      const why = plan.kind === 'nothing' ? [`  nothing to do: ${printable(plan.why)}`] : []
      return [head, ...why, ...lines].join('\n')
    }
  }
}

/** A step in words. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'test-config':
      return `test the configuration: ${describeCommand(step.command)}`
    case 'run-hook':
      return `run the ${step.hook} hook: ${describeCommand(step.command)} (at most ${formatDuration(step.within)})`
    case 'wish':
      if (step.paused !== undefined)
        return `write down that watchers are to ${step.paused ? 'leave it alone' : 'heed it'}`
      return step.want === 'up' ? 'write down that it is to run' : 'write down that it is to stay stopped'
    case 'discard-pidfile':
      return `remove the pidfile ${step.path}: ${step.why}`
    case 'launch': {
      const as = step.user === undefined ? '' : ` as ${step.user}`
      const who = step.type === 'forking' ? 'the record of its launcher' : `its record and ${step.pidfile}`
      return `start ${describeCommand(step.command)}${as} in ${step.directory}, and write ${who}`
    }
    case 'await-pidfile':
      return `wait for ${step.path} to name its main process (at most ${formatDuration(step.within)})`
    case 'await-ready':
      return `wait for readiness: ${describeProbe(step.probe)} (at most ${formatDuration(step.within)})`
    case 'settle':
      return `wait until it has been quiet for ${formatDuration(step.quiet)}`
    case 'make-lock-file':
      return `make the lock file ${step.path}`
    case 'run-stop-command':
      return `run the stop command: ${describeCommand(step.command)} (at most ${formatDuration(step.within)})`
    case 'end': {
      const whom = {
        'main-first': 'the main process, then what is left',
        all: 'all its processes',
        main: 'the main process',
      }
      return `send ${step.signal} to ${whom[step.reach]} and wait (at most ${formatDuration(step.within)})`
    }
    case 'repeat':
      return `for ever: ${step.steps.map(describeStep).join('; ')}`
    case 'verify-gone':
      return 'see that nothing of it is left'
    case 'forget':
      return `see that nothing is left; remove ${[step.pidfile, 'its record', ...(step.lockFile === undefined ? [] : [step.lockFile])].join(', ')}`
    case 'send':
      return `send ${step.signal} to the main process`
    case 'run-reload-command':
      return `run the reload command: ${describeCommand(step.command)} (at most ${formatDuration(step.within)})`
    case 'listen':
      return step.of === 'reload'
        ? 'listen to what it says of the reload (RELOADING=1, READY=1)'
        : 'listen whether it asks for more time (EXTEND_TIMEOUT_USEC=)'
    case 'await-reloaded':
      return `wait for READY=1${step.demanded ? '' : ' if it has said RELOADING=1'} (at most ${formatDuration(step.within)})`
    case 'follow':
      return `read ${step.path} again: the main PID may change`
    default:
      return unreachable(step)
  }
}

/** As one could type it. */
export const describeCommand = ({ argv }: Command): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ')

import { failure } from '../../base/failure.ts'
import { unreachable } from '../../base/result.ts'
import type { Definition } from '../../definition/definition.ts'
import type { Condition, Running } from '../condition.ts'
import { dispositionOf, isCaughtByInterpreter } from '../reload-signal.ts'
import { notRunning, refuseUnclear } from './refusals.ts'
import { configTestSteps, hookSteps, speaks } from './shared-steps.ts'
import type { Plan } from './plan.ts'
import type { Step } from './step.ts'

/** After a reload a new main PID is looked for at least this long where the old one has died. */
const FOLLOW_WITHIN = 5_000

/** reload: config test, the daemon's own way of reloading, and then a look at who the main process is now. */
export function planReload(condition: Condition, definition: Definition): Plan {
  const unclear = refuseUnclear(condition)
  if (unclear !== undefined) return { kind: 'refused', failure: unclear }
  if (condition.kind !== 'running') return { kind: 'refused', failure: notRunning('reloading') }
  const { reload } = definition
  switch (reload.by.kind) {
    case 'none':
      return {
        kind: 'refused',
        failure: failure('unsupported', 'reloading', 'its definition says that it cannot reload', {
          remedy: 'restart it instead',
        }),
      }
    case 'command':
      return steps(definition, { do: 'run-reload-command', command: reload.by.command, within: reload.timeout })
    case 'signal':
      return (
        refuseSignal(condition, reload.by) ??
        steps(definition, { do: 'send', signal: reload.by.signal, because: 'reload' })
      )
    default:
      return unreachable(reload.by)
  }
}

function steps(definition: Definition, act: Step): Plan {
  const { reload, start } = definition
  const tells = speaks(definition)
  const demanded = reload.wait && start.ready?.kind === 'notify'
  const wait: readonly Step[] =
    reload.wait && start.ready !== undefined && !demanded
      ? [{ do: 'await-ready', probe: start.ready, within: reload.timeout }]
      : []
  const listen: readonly Step[] = tells ? [{ do: 'listen', of: 'reload', demanded }] : []
  const reloaded: readonly Step[] = tells ? [{ do: 'await-reloaded', within: reload.timeout, demanded }] : []
  return {
    kind: 'steps',
    steps: [
      ...configTestSteps(definition),
      ...hookSteps(definition, 'pre-reload'),
      ...listen,
      act,
      { do: 'follow', path: definition.pidfile, within: Math.min(reload.timeout, FOLLOW_WITHIN) },
      ...reloaded,
      ...wait,
    ],
  }
}

type BySignal = Extract<Definition['reload']['by'], { kind: 'signal' }>

/** A reload that would end the daemon, or that it would not notice, is no reload. */
function refuseSignal({ process }: Running, { signal, assumed }: BySignal): Plan | undefined {
  const refuse = (message: string): Plan => ({
    kind: 'refused',
    failure: failure('unsupported', 'reloading', message, {
      remedy: 'set reload.signal or reload.command to what it understands, or restart it',
    }),
  })
  switch (dispositionOf(process, signal)) {
    case 'handled':
      return assumed === true && isCaughtByInterpreter(process, signal)
        ? {
            kind: 'refused',
            failure: failure(
              'unsupported',
              'reloading',
              `it is not said whether this program in PHP handles ${signal}, of which it would die otherwise`,
              {
                remedy: `if it does, say so: reload.signal = "${signal}" in its definition, or --signal ${signal}`,
              },
            ),
          }
        : undefined
    case 'ignored':
      return refuse(`PID ${process.pid} ignores ${signal}: nothing would be reloaded`)
    case 'deadly':
      return refuse(`PID ${process.pid} does not handle ${signal} and would die of it`)
    case 'stopping':
      return refuse(`${signal} would suspend PID ${process.pid}`)
  }
}

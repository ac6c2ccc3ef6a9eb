import type { Milliseconds } from '../base/duration.ts'
import { nearest } from '../base/text.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Action, Command } from '../definition/definition.ts'
import type { Host } from '../host/host.ts'
import { act } from './act.ts'
import { observe } from './observe.ts'
import type { Progress, Subject } from './run.ts'
import { commandFailure, commandOutcome, type CommandPurpose } from './steps/run-command.ts'

/**
 * A verb that the definition adds: `[actions]`. A signal goes to the proven main process, as by `daemonctl signal`.
 * A command runs as the daemon's own commands do, with MAINPID where it runs; it needs no lock, because it may be
 * meant to work beside everything else. Gives the end of what it wrote.
 */
export async function runAction(
  host: Host,
  subject: Subject,
  action: { readonly name: string; readonly args: readonly string[] },
  progress: Progress,
  lockWithin: Milliseconds,
): Promise<Result<readonly string[], Failure>> {
  const defined = findAction(subject, action.name)
  if (!defined.ok) return defined
  switch (defined.value.kind) {
    case 'signal': {
      if (action.args.length > 0) {
        return err(failure('usage', 'running an action', `${action.name} sends a signal and takes no arguments`))
      }
      const request = { verb: 'signal', signal: defined.value.signal } as const
      const outcome = await act(host, subject, request, progress, { lockWithin, rollback: false })
      return outcome.failure === undefined ? ok([]) : err(outcome.failure)
    }
    case 'command':
      return runCommandAction(host, subject, action, defined.value, progress)
  }
}

async function runCommandAction(
  host: Host,
  subject: Subject,
  action: { readonly name: string; readonly args: readonly string[] },
  defined: Extract<Action, { kind: 'command' }>,
  progress: Progress,
): Promise<Result<readonly string[], Failure>> {
  const since = host.clock.monotonic()
  const { condition } = await observe(host, subject)
  const main = condition.kind === 'running' ? condition.main : undefined
  const purpose: CommandPurpose = {
    stage: 'running an action',
    what: `the action ${action.name}`,
    reason: 'failed',
    within: defined.timeout,
    remedy: `mend actions.${action.name}, or what it complains of`,
  }
  const ran = await commandOutcome({ host, subject, main, progress }, withArguments(defined.command, action), purpose)
  const failed = ran.ok ? commandFailure(ran.value, purpose) : ran.error
  host.history.append(subject.key, {
    version: 1,
    at: host.clock.now(),
    name: subject.definition.name,
    verb: action.name,
    result: failed === undefined ? 'done' : 'failed',
    pid: main?.pid,
    exit: undefined,
    outOfMemory: false,
    message: failed?.message ?? '',
    took: Math.round(host.clock.monotonic() - since),
    by: host.history.actor(),
  })
  if (failed !== undefined) return err(failed)
  return ok(ran.ok ? ran.value.output : [])
}

function findAction({ definition }: Subject, name: string): Result<Action, Failure> {
  const action = Object.hasOwn(definition.actions, name) ? definition.actions[name] : undefined
  if (action !== undefined) return ok(action)
  const known = Object.keys(definition.actions)
  const near = nearest(name, known)
  return err(
    failure('usage', 'running an action', `${definition.name} has no action ${JSON.stringify(name)}`, {
      remedy:
        near !== undefined
          ? `did you mean ${near}?`
          : known.length === 0
            ? 'define one: [actions] in its definition'
            : `there are: ${known.join(', ')}`,
    }),
  )
}

/** Behind the command's own. Of a shell's text they are $1, $2 ..., and $0 is the name of the action. sh(1), -c */
const withArguments = (
  command: Command,
  { name, args }: { readonly name: string; readonly args: readonly string[] },
): Command =>
  command.shell
    ? { ...command, argv: [...command.argv, name, ...args] }
    : { ...command, argv: [...command.argv, ...args] }

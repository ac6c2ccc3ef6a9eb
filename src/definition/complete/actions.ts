import { DEFAULTS } from '../defaults.ts'
import type { Action } from '../definition.ts'
import { expand } from '../expand.ts'
import type { KeyPath } from '../problem.ts'
import type { WrittenAction } from '../schema/tables.ts'
import { report, type Scope } from '../scope.ts'
import { VERBS } from '../verbs.ts'
import { completeCommand } from './command.ts'

export function completeActions(
  written: Readonly<Record<string, WrittenAction>>,
  scope: Scope,
): Readonly<Record<string, Action>> {
  const actions: Record<string, Action> = {}
  for (const [name, action] of Object.entries(written)) {
    const path = ['actions', name]
    checkActionName(name, path, scope)
    const completed = completeAction(action, path, scope)
    if (completed !== undefined) actions[name] = completed
  }
  return actions
}

function checkActionName(name: string, path: KeyPath, scope: Scope): void {
  if (VERBS.includes(name)) report(scope, path, `${JSON.stringify(name)} is a verb of daemonctl`, 'choose another name')
  else if (!/^[a-z0-9][a-z0-9_-]*$/i.test(name)) {
    report(scope, path, `${JSON.stringify(name)} is not a name of an action: it has letters, digits, - and _ only`)
  }
}

function completeAction(written: WrittenAction, path: KeyPath, scope: Scope): Action | undefined {
  const { signal, command } = written
  const description = written.description === undefined ? undefined : expand(written.description, scope)
  if (signal !== undefined && command !== undefined) {
    report(scope, [...path, 'command'], 'signal and command exclude each other')
  }
  if (command !== undefined) {
    const timeout = written.timeout ?? DEFAULTS.action.timeout
    return { kind: 'command', command: completeCommand(command, [...path, 'command'], scope), timeout, description }
  }
  if (signal === undefined) {
    report(scope, path, 'an action needs a signal or a command')
    return undefined
  }
  if (written.timeout !== undefined) report(scope, [...path, 'timeout'], 'timeout belongs to an action by command')
  return { kind: 'signal', signal, description }
}

import type { Definition } from '../../definition/definition.ts'
import type { Step } from './step.ts'

export function configTestSteps(definition: Definition): readonly Step[] {
  return definition.configTest === undefined ? [] : [{ do: 'test-config', command: definition.configTest }]
}

export function hookSteps(
  { hooks }: Definition,
  hook: 'pre-start' | 'post-start' | 'pre-stop' | 'post-stop' | 'pre-reload',
): readonly Step[] {
  const command = hooks.commands[hook]
  return command === undefined ? [] : [{ do: 'run-hook', hook, command, within: hooks.timeout }]
}

/** It is given a place at which it tells of itself. sd_notify(3) */
export const speaks = ({ type, start, health }: Definition): boolean =>
  type === 'notify' || start.ready?.kind === 'notify' || health?.probe?.kind === 'notify'

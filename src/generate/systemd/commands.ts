import type { Failure } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Command, Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import { execLine, execWord } from '../quote/systemd.ts'
import { cannotCarry } from '../refuse.ts'
import { readinessLines } from './readiness.ts'
import type { UnitType } from './type.ts'

export interface CommandsView {
  readonly startPre: readonly string[]
  readonly start: string
  readonly startPost: readonly string[]
  readonly reload: readonly string[]
  readonly stopPost: readonly string[]
}

/** The Exec lines but those of the stop. Config test and hooks run as the daemon's user, as daemonctl runs them. */
export function commandsView(definition: Definition, type: UnitType, losses: Losses): Result<CommandsView, Failure> {
  const { command, configTest, hooks, reload } = definition
  for (const [key, one] of namedCommands(definition)) {
    const [program = ''] = one.argv
    // A name is looked up by systemd itself; these begin with what it takes for a prefix, or hold a path without root.
    if (/^[-@:+!|]/.test(program) || (program.includes('/') && !program.startsWith('/'))) {
      return err(cannotCarry('systemd', key, program, 'a program has an absolute path there'))
    }
    if (one.argv.some((word) => word.includes('\0'))) return err(cannotCarry('systemd', key, program, 'a NUL byte'))
  }
  const line = (one: Command | undefined): readonly string[] => (one === undefined ? [] : [execLine(one.argv)])
  const byCommand = hooks.commands
  if (configTest !== undefined) {
    losses.note(
      'config-test',
      'systemctl restart stops the daemon before the config test is run',
      'it is run before a start and before a reload: reload first',
    )
  }
  if (byCommand['post-stop'] !== undefined) {
    losses.note('hooks.post-stop', 'systemd runs it after a failed start and a crash as well', 'it is in ExecStopPost=')
  }
  for (const name of ['on-failure', 'on-recovery'] as const) {
    if (byCommand[name] !== undefined) {
      losses.note(
        `hooks.${name}`,
        'systemd starts units, not commands',
        'write a unit for it and name it in OnFailure=',
      )
    }
  }
  return ok({
    startPre: [...line(configTest), ...line(byCommand['pre-start'])],
    start: execLine(command.argv),
    startPost: [...readinessLines(definition, losses), ...line(byCommand['post-start'])],
    reload:
      reload.by.kind === 'none'
        ? []
        : [
            ...line(configTest),
            ...line(byCommand['pre-reload']),
            ...(type === 'notify-reload' ? [] : reloadLines(definition, losses)),
          ],
    stopPost: line(byCommand['post-stop']).map((text) => `-${text}`),
  })
}

/** The shell's own kill: /bin/kill is missing in slim images. It returns at once, which a loss says. */
function reloadLines({ reload, start }: Definition, losses: Losses): readonly string[] {
  if (reload.by.kind === 'command') return [execLine(reload.by.command.argv)]
  if (reload.by.kind !== 'signal') return []
  if (reload.wait && start.ready !== undefined) {
    losses.note('reload.wait', 'a reload by signal returns when the signal is sent', 'nothing is awaited')
  }
  return [`${execWord('/bin/sh')} -c "kill -s ${reload.by.signal} \${MAINPID}"`]
}

function namedCommands(definition: Definition): readonly (readonly [string, Command])[] {
  const { command, configTest, stop, reload, hooks } = definition
  const named: [string, Command][] = [['command', command]]
  if (configTest !== undefined) named.push(['config-test', configTest])
  if (stop.command !== undefined) named.push(['stop.command', stop.command])
  if (reload.by.kind === 'command') named.push(['reload.command', reload.by.command])
  for (const [name, one] of Object.entries(hooks.commands)) named.push([`hooks.${name}`, one])
  return named
}

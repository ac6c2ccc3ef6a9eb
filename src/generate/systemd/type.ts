import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'

export type UnitType = 'notify' | 'notify-reload' | 'exec' | 'simple' | 'forking'

/**
 * The Type= of a unit. An unknown one is taken for simple, silently, so that it must suit the version.
 *
 * notify-reload waits for RELOADING=1 and READY=1 after the signal: only for daemons that say so, and not where
 * something must come before the signal (systemd sends it before it runs ExecReload=).
 */
export function unitType(definition: Definition, options: GenerateOptions, losses: Losses): UnitType {
  const { type, reload, configTest, hooks, start } = definition
  if (type === 'forking') return 'forking'
  if (type !== 'notify' && start.ready?.kind !== 'notify') {
    if (options.systemdVersion >= 240) return 'exec'
    losses.note(
      `systemd ${options.systemdVersion}`,
      'Type=exec is understood from systemd 240 on',
      'Type=simple: a start succeeds even if the program cannot be executed',
    )
    return 'simple'
  }
  if (!options.notifyReload) return 'notify'
  if (options.systemdVersion < 253) {
    losses.note(
      '--notify-reload',
      'Type=notify-reload is understood from systemd 253 on',
      'a reload returns when the signal is sent',
    )
    return 'notify'
  }
  if (reload.by.kind !== 'signal') return 'notify'
  if (configTest !== undefined || hooks.commands['pre-reload'] !== undefined) {
    losses.note(
      '--notify-reload',
      'systemd would send the signal before the config test and the pre-reload hook',
      'Type=notify: a reload returns when the signal is sent',
    )
    return 'notify'
  }
  return 'notify-reload'
}

import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import { TARGET_NAMES, type Target } from '../target.ts'

/** What none of the small supervisors can do. */
export function noteSupervisorLosses(definition: Definition, target: Target, losses: Losses): void {
  const { type, executable, health, metrics, hooks, log, reload, start, inheritEnvironment, environmentFiles } =
    definition
  const { lockFile } = definition
  const name = TARGET_NAMES[target]
  const watch = 'have it watched by "daemonctl watch"'
  const comparesIt = target === 'openrc' && type === 'forking'
  if (executable !== undefined && !comparesIt)
    losses.note('executable', `${name} knows the process that it has started`, 'nothing is compared')
  if (type !== 'forking' && (start.ready === undefined || target === 'launchd')) {
    losses.note('start.timeout', `${name} awaits nothing after such a start`, 'nothing is bounded', start.timeout)
  }
  if (health !== undefined) losses.note('health', `${name} asks nobody whether a daemon is well`, watch)
  if (metrics !== undefined) losses.note('metrics', `${name} does not read figures of daemons`, watch)
  for (const one of ['on-failure', 'on-recovery'] as const) {
    if (hooks.commands[one] !== undefined) losses.note(`hooks.${one}`, `${name} has no such moment`, watch)
  }
  if (log.capture) losses.note('log.capture', `${name} does not look into lines`, 'they are as the daemon writes them')
  if (log.format !== 'plain') losses.note('log.format', `${name} does not look into lines`, 'they are as they are')
  if (log.level !== 'debug') losses.note('log.level', `${name} does not look into lines`, 'every line is kept')
  if (log.prefix !== '') losses.note('log.prefix', `${name} does not look into lines`, 'they are as they are')
  if (log.rateLimit !== undefined)
    losses.note('log.rate-limit', `${name} does not look into lines`, 'every line is kept')
  if (reload.wait && start.ready !== undefined) {
    losses.note('reload.wait', 'a reload returns when the daemon has been told', 'nothing is awaited')
  }
  if (lockFile !== undefined) losses.note('lock-file', `${name} needs no lock files`, 'none is made')
  if (environmentFiles.length > 0 && target !== 'launchd') {
    losses.note(
      'environment-file',
      'a shell reads these files, and so expands what they hold',
      'quote what has blanks or $ in single quotes',
    )
  }
  if (inheritEnvironment) {
    losses.note('inherit-environment', `${name} has an environment of its own`, 'that one is inherited')
  }
}

/** Logs that the definition names and their supervisor rotates none of; its own logger knows size and number. */
export function noteUnrotated({ log }: Definition, target: 'runit' | 's6', ofLogger: boolean, losses: Losses): void {
  const bySize = [['log.max-size', log.maxSize]] as const
  for (const [key, value] of [
    ...(ofLogger ? [] : bySize),
    ['log.max-age', log.maxAge],
    ['log.max-total', log.maxTotal],
    ['log.reopen-signal', log.reopenSignal],
  ] as const) {
    if (value === undefined) continue
    if (ofLogger) losses.note(key, 'the logger goes by the size of its files and their number', 'it is not heeded')
    else losses.note(key, `${TARGET_NAMES[target]} rotates no logs that have a name`, 'gen-logrotate does')
  }
}

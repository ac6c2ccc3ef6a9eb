import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'

/** What an init script cannot do, because nobody is there any more when it has ended. */
export function noteLosses(definition: Definition, losses: Losses): void {
  const { respawn, health, hooks, log, reload, metrics, start, environmentFiles, limits, inheritEnvironment } =
    definition
  const nobody = 'sysvinit looks after no daemon once it has started'
  const watch = 'have it watched by "daemonctl watch"'
  if (respawn.policy !== 'never') losses.note('respawn.policy', nobody, watch, respawn.policy)
  if (health !== undefined) losses.note('health', nobody, watch)
  if (metrics !== undefined) losses.note('metrics', nobody, watch)
  for (const name of ['on-failure', 'on-recovery'] as const) {
    if (hooks.commands[name] !== undefined) losses.note(`hooks.${name}`, nobody, watch)
  }
  for (const [key, value] of [
    ['log.max-size', log.maxSize],
    ['log.max-age', log.maxAge],
    ['log.max-total', log.maxTotal],
    ['log.reopen-signal', log.reopenSignal],
  ] as const) {
    if (value !== undefined) losses.note(key, 'an init script rotates no logs', 'gen-logrotate does')
  }
  if (log.capture) losses.note('log.capture', nobody, 'the daemon has the file itself')
  if (log.format !== 'plain') losses.note('log.format', nobody, 'lines are as the daemon writes them')
  if (log.level !== 'debug') losses.note('log.level', nobody, 'every line is kept')
  if (log.prefix !== '') losses.note('log.prefix', nobody, 'they are as they are')
  if (log.rateLimit !== undefined) losses.note('log.rate-limit', nobody, 'every line is kept')
  if (reload.wait && start.ready !== undefined) {
    losses.note('reload.wait', 'a reload returns when the daemon has been told', 'nothing is awaited')
  }
  if (environmentFiles.length > 0) {
    losses.note(
      'environment-file',
      'a shell reads these files, and so expands what they hold',
      'they are as files in /etc/default are; quote what has blanks or $ in single quotes',
    )
  }
  if (Object.keys(limits).length > 0) {
    losses.note('limits', 'shells do not agree on ulimit', 'prlimit(1) sets them, and must be there')
  }
  if (inheritEnvironment) {
    losses.note('inherit-environment', 'a boot has another environment than a shell', 'it is inherited as it is')
  }
}

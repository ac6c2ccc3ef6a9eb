import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import { noteSupervisorLosses } from '../shell/losses.ts'

export function noteLosses(definition: Definition, losses: Losses): void {
  const { type, respawn, log, pidfile, start, stop, user, group } = definition
  noteSupervisorLosses(definition, 'openrc', losses)
  if (type === 'forking') {
    if (respawn.policy !== 'never') {
      losses.note(
        'respawn.policy',
        'OpenRC supervises only what stays in the foreground',
        'have it watched by "daemonctl watch"',
        respawn.policy,
      )
    }
    if (log.stdout.kind === 'file') {
      losses.note(
        'log.stdout',
        'not every start-stop-daemon redirects output',
        'what it writes before it detaches itself goes to the output of OpenRC',
      )
    }
    if (start.launcherExit.some((status) => status !== 0)) {
      losses.note('start.launcher-exit', 'start-stop-daemon knows 0 only', 'other statuses are a failure')
    }
  } else {
    losses.noteDefault(
      'pidfile',
      'supervise-daemon keeps a pidfile of its own, with its own PID',
      `nobody writes ${pidfile}`,
    )
    noteRespawn(definition, losses)
  }
  if (type === 'notify') losses.note('type', 'nobody listens for READY=1', 'it counts as started when it runs')
  if (stop.killMode === 'all') {
    losses.note(
      'stop.kill-mode',
      'OpenRC stops the main process',
      'rc_cgroup_cleanup ends the others where there are cgroups',
      stop.killMode,
    )
  }
  if (group !== undefined && user === undefined) {
    losses.note('group', 'OpenRC has no group without a user', 'name a user')
  }
  for (const [key, value] of [
    ['log.max-size', log.maxSize],
    ['log.max-age', log.maxAge],
    ['log.max-total', log.maxTotal],
    ['log.reopen-signal', log.reopenSignal],
  ] as const) {
    if (value !== undefined) losses.note(key, 'OpenRC rotates no logs', 'gen-logrotate does')
  }
}

function noteRespawn({ respawn }: Definition, losses: Losses): void {
  const { policy, factor, maxDelay, jitter, resetAfter, coolDown, giveUp, successExit, preventExit, onExit } = respawn
  if (policy === 'never') return
  if (policy === 'on-failure') {
    losses.note(
      'respawn.policy',
      'supervise-daemon starts a daemon again however it ended',
      'it is started again after an exit with status 0 as well',
      policy,
    )
  }
  losses.note('respawn.factor', 'the delay does not grow', 'every respawn waits respawn.delay', factor)
  losses.note('respawn.max-delay', 'the delay does not grow', 'every respawn waits respawn.delay', maxDelay)
  losses.note('respawn.reset-after', 'the delay does not grow', 'there is nothing to reset', resetAfter)
  losses.note('respawn.jitter', 'nothing is left to chance', 'the delay is as it is', jitter)
  if (!giveUp) {
    losses.note(
      'respawn.cool-down',
      'supervise-daemon ends once the burst limit is hit',
      '"rc-service NAME restart" begins anew',
      coolDown,
    )
  }
  if (successExit.length > 0) losses.note('respawn.success-exit', 'exit statuses make no difference', 'none')
  if (preventExit.length > 0) losses.note('respawn.prevent-exit', 'exit statuses make no difference', 'none')
  if (onExit !== 'respawn') losses.note('respawn.on-exit', 'each instance is for itself', 'the others run on', onExit)
}

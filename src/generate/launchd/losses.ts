import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import { noteSupervisorLosses } from '../shell/losses.ts'
import { stopOf } from '../shell/supervised.ts'
import { LIMIT_KEYS } from './limits.ts'

export function noteLosses(definition: Definition, losses: Losses): void {
  const { type, stop, respawn, hooks, boot, actions, reload, start, log, limits, environmentFiles, configTest } =
    definition
  noteSupervisorLosses(definition, 'launchd', losses)
  for (const name of ['pre-start', 'post-start', 'pre-stop', 'post-stop', 'pre-reload'] as const) {
    if (hooks.commands[name] !== undefined) losses.note(`hooks.${name}`, 'launchd has no hooks', 'it is not run')
  }
  const { signal, others } = stopOf(definition)
  if (signal !== 'TERM' || others.length > 0 || stop.schedule.repeatFrom !== undefined) {
    losses.note('stop.schedule', 'launchd sends TERM, and after ExitTimeOut KILL', 'other signals are not sent')
  }
  if (stop.command !== undefined) {
    losses.note('stop.command', 'launchd stops by TERM', 'it is not run')
    losses.note('stop.timeout', 'launchd stops by TERM', 'ExitTimeOut is the bound', stop.timeout)
  }
  if (type === 'forking') {
    losses.note('type', 'launchd runs only what stays in the foreground', 'a shell stays, and looks once a second')
    if (start.launcherExit.some((status) => status !== 0)) {
      losses.note('start.launcher-exit', 'the shell knows 0 only', 'other statuses are a failure')
    }
  }
  if (type === 'notify') losses.note('type', 'nobody listens for READY=1', 'it counts as started when it runs')
  if (start.ready !== undefined) losses.note('start.ready', 'launchd awaits nothing', 'it counts as started')
  if (configTest !== undefined) {
    losses.note('config-test', 'launchd tests nothing', 'a shell tests before it executes the program')
  }
  if (environmentFiles.length > 0) {
    losses.note('environment-file', 'launchd reads no such files', 'a shell reads them, and expands what they hold')
  }
  const reloads = ['launchd does not reload', 'launchctl kill SIGNAL system/NAME sends a signal'] as const
  if (reload.by.kind === 'command') {
    losses.note('reload.command', ...reloads)
    losses.note('reload.timeout', ...reloads, reload.timeout)
  }
  if (reload.by.kind === 'signal') {
    if (reload.by.signal === 'HUP') losses.noteDefault('reload.signal', ...reloads)
    else losses.note('reload.signal', ...reloads)
  }
  if (boot.after.length + boot.requires.length > 0) {
    losses.note('boot', 'launchd knows no order', 'it is started again until what it needs is there')
  }
  for (const name of Object.keys(actions)) losses.note(`actions.${name}`, 'launchd has no verbs of its own', 'none')
  for (const [name, limit] of Object.entries(limits)) {
    const isKnown = Object.keys(LIMIT_KEYS).includes(name)
    if (!isKnown) losses.note(`limits.${name}`, 'launchd does not know this limit', 'it is as it is')
    else if (limit.soft === 'unlimited' || limit.hard === 'unlimited') {
      losses.note(`limits.${name}`, 'launchd has no word for unlimited', 'that side is as it is')
    }
  }
  losses.note('log.mode', 'launchd makes log files by the umask', 'it is as it is', log.mode)
  for (const [key, value] of [
    ['log.max-size', log.maxSize],
    ['log.max-age', log.maxAge],
    ['log.max-total', log.maxTotal],
    ['log.reopen-signal', log.reopenSignal],
  ] as const) {
    if (value !== undefined) losses.note(key, 'launchd rotates no logs', 'newsyslog(8) does')
  }
  losses.noteDefault('pidfile', 'launchd needs none', 'a daemon may write its own')
  if (respawn.policy === 'never') return
  const why = 'launchd counts no respawns'
  const instead = 'ThrottleInterval= is the least time between two starts, and none is the last'
  losses.note('respawn.factor', why, instead, respawn.factor)
  losses.note('respawn.max-delay', why, instead, respawn.maxDelay)
  losses.note('respawn.jitter', why, instead, respawn.jitter)
  losses.note('respawn.reset-after', why, instead, respawn.resetAfter)
  losses.note('respawn.burst', why, instead, respawn.burst)
  losses.note('respawn.interval', why, instead, respawn.interval)
  losses.note('respawn.cool-down', why, instead, respawn.coolDown)
  for (const [key, statuses] of [
    ['respawn.success-exit', respawn.successExit],
    ['respawn.prevent-exit', respawn.preventExit],
  ] as const) {
    if (statuses.length > 0) losses.note(key, 'launchd tells 0 from the others only', 'it is not heeded')
  }
  if (respawn.onExit !== 'respawn') losses.note('respawn.on-exit', 'each instance is for itself', 'the others run on')
}

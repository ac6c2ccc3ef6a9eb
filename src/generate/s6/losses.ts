import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'
import { noteSupervisorLosses, noteUnrotated } from '../shell/losses.ts'
import { hasLogger, loggerDirectory, stopOf } from '../shell/supervised.ts'

export function noteLosses(definition: Definition, options: GenerateOptions, losses: Losses): void {
  const { type, stop, respawn, hooks, boot, actions, reload, configTest } = definition
  noteSupervisorLosses(definition, 's6', losses)
  noteUnrotated(definition, 's6', hasLogger(definition, options), losses)
  if (stopOf(definition).others.length > 0 || stop.schedule.repeatFrom !== undefined) {
    losses.note('stop.schedule', 's6 sends one signal, and after timeout-kill KILL', 'the signals between are not sent')
  }
  if (stop.command !== undefined) {
    losses.note('stop.command', 's6 stops by a signal', 'only the signal is sent')
    losses.note('stop.timeout', 's6 stops by a signal', 'timeout-kill is the bound', stop.timeout)
  }
  for (const name of ['pre-stop', 'post-start'] as const) {
    if (hooks.commands[name] !== undefined) losses.note(`hooks.${name}`, 's6 has no such moment', 'it is not run')
  }
  if (stop.killMode === 'all') {
    losses.note('stop.kill-mode', 's6 knows the main process only', 'what it leaves lives on', stop.killMode)
  }
  if (type === 'forking') {
    losses.note('type', 's6 supervises only what stays in the foreground', 'a shell stays, and looks once a second')
  }
  if (type === 'notify') losses.note('type', 'nobody listens for READY=1', 'it counts as up when it runs')
  if (configTest !== undefined || hooks.commands['pre-reload'] !== undefined || reload.by.kind === 'command') {
    losses.note('reload', 's6-svc -h sends a signal and nothing else', 'data/reload tests the configuration first')
  }
  if (boot.after.length + boot.requires.length > 0) {
    losses.note('boot', 's6-svscan starts everything at once', 'let the pre-start hook wait, or use s6-rc')
  }
  for (const name of Object.keys(actions)) losses.note(`actions.${name}`, 's6 has no verbs of its own', 'use s6-svc')
  if (hasLogger(definition, options)) {
    losses.noteDefault('log.stdout', 's6-log writes it', `${loggerDirectory(definition, options)}/current`)
  }
  if (respawn.policy === 'never') return
  const why = 'the delay of s6 does not grow'
  const instead = 'every respawn waits respawn.delay, at least a second'
  losses.note('respawn.factor', why, instead, respawn.factor)
  losses.note('respawn.max-delay', why, instead, respawn.maxDelay)
  losses.note('respawn.jitter', why, instead, respawn.jitter)
  losses.note('respawn.reset-after', why, instead, respawn.resetAfter)
  if (!respawn.giveUp) {
    losses.note('respawn.cool-down', 's6 ends at the burst limit', 's6-svc -u begins anew', respawn.coolDown)
  }
  if (respawn.onExit !== 'respawn') losses.note('respawn.on-exit', 'each instance is for itself', 'the others run on')
}

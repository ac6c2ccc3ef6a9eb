import type { Definition } from '../../definition/definition.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'
import { noteSupervisorLosses, noteUnrotated } from '../shell/losses.ts'
import { hasLogger, loggerDirectory, stopOf } from '../shell/supervised.ts'

export function noteLosses(definition: Definition, options: GenerateOptions, losses: Losses): void {
  const { type, stop, respawn, hooks, boot, actions } = definition
  noteSupervisorLosses(definition, 'runit', losses)
  noteUnrotated(definition, 'runit', hasLogger(definition, options), losses)
  const { killAfter, others } = stopOf(definition)
  losses.note(
    'stop.schedule',
    'runit sends one signal and then waits for ever',
    killAfter === undefined ? 'nothing more is sent' : `sv -w ${Math.ceil(killAfter / 1000)} force-stop kills it`,
    others.length === 0 ? stop.schedule : undefined,
  )
  if (stop.killMode === 'all') {
    losses.note('stop.kill-mode', 'runit knows the main process only', 'what it leaves lives on', stop.killMode)
  }
  if (type === 'forking') {
    losses.note('type', 'runit supervises only what stays in the foreground', 'a shell stays, and looks once a second')
  }
  if (type === 'notify') losses.note('type', 'nobody listens for READY=1', 'it counts as ready when it runs')
  if (hooks.commands['post-start'] !== undefined) losses.note('hooks.post-start', 'there is no such moment', 'none')
  if (boot.after.length + boot.requires.length > 0) {
    losses.note('boot', 'runit starts everything at once', 'let the pre-start hook wait for what it needs')
  }
  for (const name of Object.keys(actions)) losses.note(`actions.${name}`, 'sv has verbs of its own only', 'none')
  if (hasLogger(definition, options)) {
    losses.noteDefault('log.stdout', 'svlogd writes it', `${loggerDirectory(definition, options)}/current`)
  }
  if (respawn.policy === 'never') return
  const why = 'runit counts no respawns'
  const instead = 'every respawn waits respawn.delay, at least a second, and none is the last'
  losses.note('respawn.factor', why, instead, respawn.factor)
  losses.note('respawn.max-delay', why, instead, respawn.maxDelay)
  losses.note('respawn.jitter', why, instead, respawn.jitter)
  losses.note('respawn.reset-after', why, instead, respawn.resetAfter)
  losses.note('respawn.burst', why, instead, respawn.burst)
  losses.note('respawn.interval', why, instead, respawn.interval)
  losses.note('respawn.cool-down', why, instead, respawn.coolDown)
  if (respawn.giveUp) losses.note('respawn.give-up', why, instead)
  if (respawn.onExit !== 'respawn') losses.note('respawn.on-exit', 'each instance is for itself', 'the others run on')
}

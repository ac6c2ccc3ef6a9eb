import type { Command, Definition, LogTarget } from '../../definition/definition.ts'

/** Directories of a scratch place. */
export interface ScratchPlace {
  readonly runtime: string
  readonly log: string
}

/**
 * The same daemon in another place: its pidfile, logs and metrics socket are moved there, and wherever its command or
 * environment names one of these paths, it names the new one. What only the program knows cannot be moved: the
 * pidfile that a daemon writes itself, or the log that it opens again, without being told their paths.
 */
export function rescope(definition: Definition, place: ScratchPlace): Definition {
  const { log, name, metrics, type } = definition
  const moves = new Map<string, string>()
  const move = (path: string, directory: string, ending: string, always: boolean): void => {
    if (path.startsWith(`${directory}/`) || (!always && !isNamed(definition, path))) return
    moves.set(path, `${directory}/${name}${ending}`)
  }
  move(definition.pidfile, place.runtime, '.pid', type !== 'forking')
  const isForDaemonctl = log.reopenSignal === undefined
  if (log.stdout.kind === 'file') move(log.stdout.path, place.log, '.log', isForDaemonctl)
  if (log.stderr.kind === 'file') move(log.stderr.path, place.log, '.err', isForDaemonctl)
  if (definition.lockFile !== undefined) move(definition.lockFile, place.runtime, '.subsys', true)
  if (metrics?.from.kind === 'unix') move(metrics.from.path, place.runtime, '.sock', false)

  const moved = (text: string): string => {
    for (const [from, to] of moves) {
      if (text === from) return to
      if (text.endsWith(`=${from}`)) return `${text.slice(0, -from.length)}${to}`
    }
    return text
  }
  const movedCommand = (command: Command): Command => ({ ...command, argv: command.argv.map(moved) })
  const movedTarget = (target: LogTarget): LogTarget =>
    target.kind === 'file' ? { ...target, path: moved(target.path) } : target
  const { reload, stop } = definition
  return {
    ...definition,
    command: movedCommand(definition.command),
    pidfile: moved(definition.pidfile),
    lockFile: definition.lockFile === undefined ? undefined : moved(definition.lockFile),
    environment: Object.fromEntries(Object.entries(definition.environment).map(([key, value]) => [key, moved(value)])),
    log: { ...log, stdout: movedTarget(log.stdout), stderr: movedTarget(log.stderr) },
    metrics:
      metrics?.from.kind === 'unix'
        ? { ...metrics, from: { ...metrics.from, path: moved(metrics.from.path) } }
        : metrics,
    reload:
      reload.by.kind === 'command'
        ? { ...reload, by: { ...reload.by, command: movedCommand(reload.by.command) } }
        : reload,
    stop: stop.command === undefined ? stop : { ...stop, command: movedCommand(stop.command) },
  }
}

const isNamed = ({ command, environment }: Definition, path: string): boolean =>
  [...command.argv, ...Object.values(environment)].some((word) => word === path || word.endsWith(`=${path}`))

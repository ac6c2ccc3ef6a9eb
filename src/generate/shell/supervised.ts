import { posix } from 'node:path'
import type { Definition, LogTarget, RespawnSettings } from '../../definition/definition.ts'
import type { StopStep } from '../../definition/stop-schedule.ts'
import { signalNumber, type SignalName } from '../../base/signals.ts'
import type { View } from '../fill.ts'
import { namedLogs } from '../named-logs.ts'
import type { GenerateOptions } from '../options.ts'
import { shellWord, shellWords } from '../quote/shell.ts'
import { commandWords, environmentView, wholeSeconds } from './environment.ts'

/** What the scripts of runit and s6 have in common: a run script that becomes the daemon, and a finish script. */
export function supervisedView(definition: Definition, options: GenerateOptions): View {
  const { name, description, command, type, pidfile, start, hooks, user, group, configTest } = definition
  const forking = type === 'forking'
  const files = namedLogs(definition).filter((path) => !isOurs(path, options))
  return {
    ...environmentView(definition),
    name,
    label: name,
    about: description?.replaceAll(/\s+/g, ' ').trim(),
    forking,
    command: shellWords(command.argv),
    pidfile: shellWord(pidfile),
    launcherExit: start.launcherExit.join(' | '),
    startTimeout: wholeSeconds(start.timeout),
    hookTimeout: wholeSeconds(hooks.timeout),
    configTest: commandWords(configTest),
    preStart: commandWords(hooks.commands['pre-start']),
    postStop: commandWords(hooks.commands['post-stop']),
    directories: shellWords([...new Set([pidfile, ...files].map((path) => posix.dirname(path)))]),
    logFiles: files.map((path) => ({ path: shellWord(path), mode: definition.log.mode.toString(8).padStart(4, '0') })),
    logOwner: user === undefined && group === undefined ? undefined : ownerOf(user, group),
    owner: forking && ownsDirectory(definition, options) ? ownerOf(user, group) : undefined,
    ownDirectories: shellWord(posix.dirname(pidfile)),
    redirections: redirections(definition, options),
    neverAgain: neverAgain(definition.respawn),
    delay: definition.respawn.policy === 'never' ? undefined : String(definition.respawn.delay / 1000),
    interval: wholeSeconds(definition.respawn.interval),
    burst: String(definition.respawn.burst),
  }
}

/** A log that nobody asked for is left to the logger that the supervisor puts beside the daemon. */
export const hasLogger = ({ log }: Definition, options: GenerateOptions): boolean =>
  [log.stdout, log.stderr].some((target) => target.kind === 'file' && isOurs(target.path, options))

export const loggerDirectory = ({ name }: Definition, { logDirectory }: GenerateOptions): string =>
  posix.join(logDirectory, name)

const isOurs = (path: string, { logDirectory }: GenerateOptions): boolean => posix.dirname(path) === logDirectory

function redirections({ log }: Definition, options: GenerateOptions): string {
  const to = (target: LogTarget): string | undefined => {
    if (target.kind === 'null') return '/dev/null'
    return target.kind === 'file' && !isOurs(target.path, options) ? shellWord(target.path) : undefined
  }
  const out = to(log.stdout)
  const errors = to(log.stderr)
  const parts = [
    ...(out === undefined ? [] : [`>>${out}`]),
    // What goes to the logger goes there together.
    errors === undefined ? '2>&1' : `2>>${errors}`,
  ]
  return parts.join(' ')
}

/** The exit statuses after which it is not started again, as patterns of a case; undefined: there are none. */
function neverAgain({ policy, successExit, preventExit }: RespawnSettings): string | undefined {
  if (policy === 'never') return '*'
  const statuses = policy === 'on-failure' ? [0, ...successExit, ...preventExit] : preventExit
  return statuses.length === 0 ? undefined : [...new Set(statuses)].join(' | ')
}

function ownsDirectory({ user, pidfile }: Definition, { runtimeDirectory }: GenerateOptions): boolean {
  const directory = posix.dirname(pidfile)
  return user !== undefined && directory !== runtimeDirectory && /^(\/var)?\/run\/[^/]+/.test(directory)
}

const ownerOf = (user: string | undefined, group: string | undefined): string =>
  shellWord(`${user ?? ''}${group === undefined ? '' : `:${group}`}`)

/** Signals by the names that every shell knows; real-time ones by number. */
export const signalWord = (signal: SignalName): string =>
  signal.startsWith('RT') ? String(signalNumber(signal)) : signal

/** The signal that a stop begins with, and how long until KILL (undefined: it never comes). */
export function stopOf({ stop }: Definition): {
  readonly signal: SignalName
  readonly killAfter: number | undefined
  readonly others: readonly StopStep[]
} {
  const [first, ...rest] = stop.schedule.steps
  const kill = rest.findIndex(({ signal }) => signal === 'KILL')
  const before = kill === -1 ? rest : rest.slice(0, kill)
  return {
    signal: first?.signal ?? 'TERM',
    killAfter: kill === -1 ? undefined : [first, ...before].reduce((sum, step) => sum + (step?.wait ?? 0), 0),
    others: before,
  }
}

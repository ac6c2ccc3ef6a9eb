import { posix } from 'node:path'
import type { Failure } from '../../base/failure.ts'
import { err, ok } from '../../base/result.ts'
import type { Definition } from '../../definition/definition.ts'
import template from '../../../templates/unit.mustache'
import { lossLines } from '../comments.ts'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import { INSTANCE_MARK } from '../instance-mark.ts'
import type { Losses } from '../losses.ts'
import type { GenerateOptions } from '../options.ts'
import { settingWord, wholeLine, wholeLinePath } from '../quote/systemd.ts'
import { cannotCarry } from '../refuse.ts'
import { commandsView } from './commands.ts'
import { directoriesView } from './directories.ts'
import { hardeningLines } from './hardening.ts'
import { limitLines } from './limits.ts'
import { logsView } from './logs.ts'
import { orderView } from './names.ts'
import { respawnView } from './respawn.ts'
import { gate } from './since.ts'
import { stopView } from './stop.ts'
import { bound, timeSpan } from './time.ts'
import { unitType } from './type.ts'

/**
 * A unit by which systemd itself runs the daemon, not through daemonctl. Of the definition of an instance named
 * INSTANCE_MARK it makes a template unit.
 */
export const systemd: Generator = (definition, options, losses) => {
  const unit = `${definition.name}.service`.replace(INSTANCE_MARK, '')
  const version = options.systemdVersion
  const type = unitType(definition, options, losses)
  const commands = commandsView(definition, type, losses)
  if (!commands.ok) return commands
  const logs = logsView(definition, options, losses)
  if (!logs.ok) return logs
  const lines = wholeLines(definition, options)
  if (!lines.ok) return lines
  const directories = directoriesView(definition, logs.value.files, options, losses)
  const respawn = respawnView(definition, version, losses)
  const stop = stopView(definition, version, losses)
  const limit =
    respawn.burst === undefined || respawn.interval === undefined
      ? undefined
      : { burst: respawn.burst, interval: respawn.interval }
  const hardening = hardeningLines(definition, options, writable(definition, logs.value.files, options), losses)
  noteOthers(definition, options, losses)
  const pings = definition.health?.probe?.kind === 'notify' ? definition.health : undefined
  const view = {
    unit,
    version: String(version),
    comments: [] as readonly string[],
    ...lines.value,
    ...orderView(definition, options.userManager),
    limitInUnit: version >= 230 ? limit : undefined,
    limitInService: version < 230 ? limit : undefined,
    type,
    // The worker that is ready may say so, as squid's does: it is of the daemon, and daemonctl believes it, too.
    notifyAccess: type.startsWith('notify') || pings !== undefined ? 'all' : undefined,
    watchdog: pings === undefined ? undefined : timeSpan(pings.interval * pings.failures),
    pidfile: type === 'forking' ? lines.value.pidfile : undefined,
    reloadSignal: reloadSignal(definition, type),
    ...commands.value,
    stop: { ...stop, execStop: stop.execStop },
    respawn: { ...respawn },
    timeoutStart: bound(definition.start.timeout),
    umask: definition.umask.toString(8).padStart(4, '0'),
    nice: definition.nice === undefined ? undefined : String(definition.nice),
    runtimeDirectory: directories.runtime.join(' '),
    logsDirectory: directories.logs.join(' '),
    environment: Object.entries(definition.environment).map(([name, value]) => settingWord(`${name}=${value}`)),
    stdout: logs.value.stdout,
    stderr: logs.value.stderr,
    limits: limitLines(definition),
    memoryMax: definition.health?.maxRss === undefined ? undefined : String(definition.health.maxRss),
    runtimeMax: definition.health?.maxAge === undefined ? undefined : timeSpan(definition.health.maxAge),
    hardening,
  }
  const first = gate(fill(template, view), version, losses)
  const text = options.comments
    ? gate(fill(template, { ...view, comments: lossLines(losses.list()) }), version, losses)
    : first
  const directory = options.userManager ? '/etc/systemd/user' : '/etc/systemd/system'
  return ok([{ path: `${directory}/${unit}`, name: unit, text: text.replaceAll(INSTANCE_MARK, '%i'), mode: 0o644 }])
}

/** Settings that are taken as they stand. */
function wholeLines(definition: Definition, options: GenerateOptions) {
  const { name, description, directory, pidfile, user, group, environmentFiles } = definition
  const refused: Failure[] = []
  const line = (key: string, text: string): string => {
    const value = wholeLine(text)
    if (value === undefined) refused.push(cannotCarry('systemd', key, text, 'it cannot stand in a unit as it is'))
    return value ?? ''
  }
  const files = environmentFiles.map(({ path, optional }) => {
    const value = wholeLinePath(path)
    if (value === undefined)
      refused.push(cannotCarry('systemd', 'environment-file', path, 'the path cannot stand in a unit'))
    return `${optional ? '-' : ''}${value}`
  })
  const view = {
    description: line('description', (description ?? name).replaceAll(/\s+/g, ' ').trim().replace(/\\+$/, '')),
    // The default of a system manager is /, that of a user's is the home directory.
    directory: directory === '/' && !options.userManager ? undefined : line('directory', directory),
    pidfile: line('pidfile', posix.normalize(pidfile).replace(/^\/var\/run\//, '/run/')),
    user: user === undefined || options.userManager ? undefined : line('user', user),
    group: group === undefined || options.userManager ? undefined : line('group', group),
    environmentFiles: files,
    identifier: name,
  }
  const [first] = refused
  return first === undefined ? ok(view) : err(first)
}

function reloadSignal({ reload }: Definition, type: string): string | undefined {
  if (type !== 'notify-reload' || reload.by.kind !== 'signal' || reload.by.signal === 'HUP') return undefined
  return `SIG${reload.by.signal}`
}

/** What a strictly confined daemon may write beside its own directories: where its files are said to be. */
function writable(definition: Definition, logs: readonly string[], options: GenerateOptions): readonly string[] {
  const { directory, pidfile, lockFile, type } = definition
  const places = [
    ...(directory === '/' ? [] : [directory]),
    ...(type === 'forking' ? [posix.dirname(pidfile)] : []),
    ...logs.map((path) => posix.dirname(path)),
    ...(lockFile === undefined ? [] : [posix.dirname(lockFile)]),
    ...options.writable,
  ]
  return [...new Set(places)].filter((place) => place !== '/')
}

function noteOthers(definition: Definition, options: GenerateOptions, losses: Losses): void {
  const { environment, environmentFiles, inheritEnvironment, lockFile, health, actions, metrics, hooks, reload } =
    definition
  if (definition.executable !== undefined) {
    losses.note('executable', 'systemd knows the process that it has started', 'nothing is compared')
  }
  if (environmentFiles.length > 0 && Object.keys(environment).length > 0) {
    losses.note(
      'environment',
      'environment files win over Environment= in systemd',
      'a variable in both has the value of the file',
    )
  }
  if (inheritEnvironment) {
    losses.note(
      'inherit-environment',
      'systemd starts every daemon with a clean environment',
      'name what it needs in [environment]',
    )
  }
  if (lockFile !== undefined) losses.note('lock-file', 'systemd needs no lock files', 'none is made')
  if (options.userManager && (definition.user !== undefined || definition.group !== undefined)) {
    losses.note('user', "a user's manager runs everything as this user", 'enable it for that user')
  }
  if (health?.probe?.kind === 'notify') {
    if (definition.respawn.policy === 'never') {
      losses.note(
        'health.probe',
        'a daemon that falls silent fails in systemd',
        'without a respawn policy it stays failed',
      )
    }
  } else if (health?.probe !== undefined) {
    losses.note(
      'health.probe',
      'systemd asks nobody whether a daemon is well',
      'have it watched by "daemonctl watch", or let it ping WatchdogSec=',
    )
  }
  if (health?.maxRss !== undefined) {
    losses.note(
      'health.max-rss',
      'systemd has the kernel end a daemon that needs more memory',
      'MemoryMax= and Restart= instead of a stop',
    )
  }
  if (health?.maxAge !== undefined && definition.respawn.policy === 'never') {
    losses.note(
      'health.max-age',
      'a daemon that has run for too long fails in systemd',
      'without a respawn policy it stays failed',
    )
  }
  for (const [name, action] of Object.entries(actions)) {
    const instead =
      action.kind === 'signal'
        ? `systemctl kill --kill-whom=main --signal=${action.signal} UNIT`
        : 'run its command by hand'
    losses.note(`actions.${name}`, 'systemd has no verbs of its own for a unit', instead)
  }
  if (metrics !== undefined)
    losses.note('metrics', 'systemd does not read figures of daemons', 'see systemctl status and systemd-cgtop')
  if (reload.by.kind !== 'none' && reload.timeout !== definition.start.timeout) {
    losses.note(
      'reload.timeout',
      'a reload has the bound of a start',
      `TimeoutStartSec=${bound(definition.start.timeout)}`,
      reload.timeout,
    )
  }
  if (Object.keys(hooks.commands).length > 0 && hooks.timeout !== definition.start.timeout) {
    losses.note(
      'hooks.timeout',
      'hooks have the bound of the start or stop they belong to',
      'TimeoutStartSec=, TimeoutStopSec=',
      hooks.timeout,
    )
  }
}

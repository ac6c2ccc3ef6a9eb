import { DEFAULTS, defaultPidfile } from '../defaults.ts'
import type { Definition, EnvironmentFile, LogSettings, StartSettings } from '../definition.ts'
import { absolutePath, expand } from '../expand.ts'
import type { WrittenDaemon } from '../schema/daemon.ts'
import { report, type Scope } from '../scope.ts'
import { completeActions } from './actions.ts'
import { completeCommand, optionalCommand } from './command.ts'
import { completeLog } from './log.ts'
import { completeMetrics } from './probe.ts'
import {
  completeBoot,
  completeHealth,
  completeHooks,
  completeReload,
  completeRespawn,
  completeStart,
  completeStop,
} from './tables.ts'

/** Fills in every default and expands every text. With findings in the scope, the outcome is not to be used. */
export function completeDaemon(written: WrittenDaemon, scope: Scope): Definition {
  const type = written.type ?? DEFAULTS.daemon.type
  const path = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : absolutePath(text, scope)
  const start = completeStart(written.start ?? {}, type, scope)
  const log = completeLog(written.log ?? {}, scope)
  refuseUnreadableLog(start, log, scope)
  return {
    name: scope.name,
    instance: scope.instance,
    description: written.description === undefined ? undefined : expand(written.description, scope),
    command: mainCommand(written, scope),
    type,
    pidfile: path(written.pidfile) ?? defaultPidfile(scope.name, scope.context),
    executable: path(written.executable),
    directory: path(written.directory) ?? DEFAULTS.daemon.directory,
    user: written.user,
    group: written.group,
    umask: written.umask ?? DEFAULTS.daemon.umask,
    nice: written.nice,
    environment: environment(written.environment ?? {}, scope),
    environmentFiles: (written['environment-file'] ?? []).map((text) => environmentFile(text, scope)),
    inheritEnvironment: written['inherit-environment'] ?? DEFAULTS.daemon.inheritEnvironment,
    configTest: optionalCommand(written['config-test'], ['config-test'], scope),
    lockFile: path(written['lock-file']),
    log,
    start,
    stop: completeStop(written.stop ?? {}, scope),
    reload: completeReload(written.reload ?? {}, start.ready, scope),
    respawn: completeRespawn(written.respawn ?? {}, scope),
    health: written.health === undefined ? undefined : completeHealth(written.health, scope),
    hooks: completeHooks(written.hooks ?? {}, scope),
    limits: written.limits ?? {},
    actions: completeActions(written.actions ?? {}, scope),
    metrics: completeMetrics(written.metrics ?? {}, scope),
    boot: completeBoot(written.boot ?? {}, scope),
  }
}

/** A probe by log reads the file that the output goes to. */
function refuseUnreadableLog(start: StartSettings, log: LogSettings, scope: Scope): void {
  if (start.ready?.kind !== 'log' || log.stdout.kind === 'file' || log.stderr.kind === 'file') return
  report(
    scope,
    ['start', 'ready', 'log'],
    'its output goes to no file in which a line could be found',
    'use another probe',
  )
}

function mainCommand(written: WrittenDaemon, scope: Scope): Definition['command'] {
  const { command = [] } = written
  if (scope.shell && typeof command !== 'string' && command.length > 0) {
    report(scope, ['command'], 'with shell = true the command is one string', 'or leave out shell')
  }
  if (written.command === undefined) {
    report(scope, ['command'], 'the command is missing', 'write command = ["/usr/sbin/program", "--foreground"]')
    return { argv: ['false'], shell: false }
  }
  return completeCommand(command, ['command'], scope)
}

function environment(written: Readonly<Record<string, string>>, scope: Scope): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(written)) variables[name] = expand(value, scope)
  return variables
}

function environmentFile(text: string, scope: Scope): EnvironmentFile {
  const optional = text.startsWith('-')
  return { path: absolutePath(optional ? text.slice(1) : text, scope), optional }
}

import { unreachable } from '../../base/result.ts'
import {
  HOOK_NAMES,
  LIMIT_NAMES,
  type Action,
  type BootSettings,
  type Definition,
  type HealthSettings,
  type Hooks,
  type LogSettings,
  type LogTarget,
  type ReloadSettings,
  type RespawnSettings,
  type StartSettings,
  type StopSettings,
} from '../definition.ts'
import { formatStopSchedule } from '../stop-schedule.ts'
import { writeCommand, type Pen } from './pen.ts'
import { writeProbe } from './probe.ts'
import { maybe, tableOf, writeDuration, writeLimit, writeMode, writeSize, type WrittenTable } from './values.ts'

export function writeLog(log: LogSettings, pen: Pen): WrittenTable {
  return tableOf({
    stdout: writeTarget(log.stdout, pen),
    target: log.stdout.kind === 'passed-on' ? log.stdout.to : undefined,
    stderr: writeTarget(log.stderr, pen),
    mode: writeMode(log.mode),
    'max-size': maybe(log.maxSize, writeSize),
    'max-age': maybe(log.maxAge, writeDuration),
    'max-total': maybe(log.maxTotal, writeSize),
    keep: log.keep,
    compress: log.compress,
    'reopen-signal': log.reopenSignal,
    capture: log.capture,
    overflow: log.overflow,
    // Without "drop" it would be refused.
    buffer: log.overflow === 'drop' ? writeSize(log.buffer) : undefined,
    format: log.format,
    level: log.level,
    prefix: log.prefix === '' ? undefined : pen.text(log.prefix),
    'rate-limit': log.rateLimit?.lines,
    'rate-interval': maybe(log.rateLimit?.interval, writeDuration),
  })
}

function writeTarget(target: LogTarget, pen: Pen): string | undefined {
  switch (target.kind) {
    case 'file':
      return pen.text(target.path)
    case 'null':
      return 'null'
    case 'same-as-stdout':
      return 'stdout'
    case 'passed-on':
      // log.target says it.
      return undefined
    default:
      return unreachable(target)
  }
}

export function writeStart(start: StartSettings, pen: Pen): WrittenTable {
  return tableOf({
    timeout: writeDuration(start.timeout),
    ready: maybe(start.ready, (probe) => writeProbe(probe, pen)),
    settle: writeDuration(start.settle),
    'launcher-exit': start.launcherExit,
  })
}

export function writeStop(stop: StopSettings, pen: Pen): WrittenTable {
  return tableOf({
    schedule: formatStopSchedule(stop.schedule),
    command: maybe(stop.command, (command) => writeCommand(command, pen)),
    timeout: writeDuration(stop.timeout),
    'kill-mode': stop.killMode,
  })
}

export function writeReload(reload: ReloadSettings, pen: Pen): WrittenTable {
  return { ...writeReloadBy(reload.by, pen), timeout: writeDuration(reload.timeout), wait: reload.wait }
}

function writeReloadBy(by: ReloadSettings['by'], pen: Pen): WrittenTable {
  switch (by.kind) {
    case 'signal':
      return by.assumed === true && !pen.tellsAssumptions ? {} : { signal: by.signal }
    case 'command':
      return { command: writeCommand(by.command, pen) }
    case 'none':
      return { signal: 'none' }
    default:
      return unreachable(by)
  }
}

export function writeRespawn(respawn: RespawnSettings): WrittenTable {
  return {
    policy: respawn.policy,
    delay: writeDuration(respawn.delay),
    factor: respawn.factor,
    'max-delay': writeDuration(respawn.maxDelay),
    jitter: respawn.jitter,
    'reset-after': writeDuration(respawn.resetAfter),
    burst: respawn.burst,
    interval: writeDuration(respawn.interval),
    'cool-down': writeDuration(respawn.coolDown),
    'give-up': respawn.giveUp,
    'success-exit': respawn.successExit,
    'prevent-exit': respawn.preventExit,
    'on-exit': respawn.onExit,
  }
}

export function writeHealth(health: HealthSettings, pen: Pen): WrittenTable {
  return tableOf({
    probe: maybe(health.probe, (probe) => writeProbe(probe, pen)),
    interval: writeDuration(health.interval),
    timeout: writeDuration(health.timeout),
    failures: health.failures,
    successes: health.successes,
    'start-period': writeDuration(health.startPeriod),
    'max-rss': maybe(health.maxRss, writeSize),
    'max-age': maybe(health.maxAge, writeDuration),
  })
}

export function writeHooks(hooks: Hooks, pen: Pen): WrittenTable {
  const commands = HOOK_NAMES.map((name) => [name, maybe(hooks.commands[name], (each) => writeCommand(each, pen))])
  return tableOf({ ...Object.fromEntries(commands), timeout: writeDuration(hooks.timeout) })
}

export function writeLimits(limits: Definition['limits']): WrittenTable {
  return tableOf(Object.fromEntries(LIMIT_NAMES.map((name) => [name, maybe(limits[name], writeLimit)])))
}

export function writeAction(action: Action, pen: Pen): WrittenTable {
  const description = maybe(action.description, pen.text)
  if (action.kind === 'signal') return tableOf({ signal: action.signal, description })
  const timeout = writeDuration(action.timeout)
  return tableOf({ command: writeCommand(action.command, pen), timeout, description })
}

export function writeBoot(boot: BootSettings, pen: Pen): WrittenTable {
  return {
    after: boot.after.map(pen.text),
    requires: boot.requires.map(pen.text),
    'wanted-by': boot.wantedBy.map(pen.text),
    runlevels: boot.runlevels,
    'start-priority': boot.startPriority,
    'stop-priority': boot.stopPriority,
  }
}

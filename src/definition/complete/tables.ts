import { DEFAULTS } from '../defaults.ts'
import {
  HOOK_NAMES,
  type BootSettings,
  type Command,
  type HealthSettings,
  type HookName,
  type Hooks,
  type ReloadSettings,
  type RespawnSettings,
  type StartSettings,
  type StopSettings,
} from '../definition.ts'
import { expand } from '../expand.ts'
import type { WrittenDaemon } from '../schema/daemon.ts'
import { report, type Scope } from '../scope.ts'
import { completeCommand, optionalCommand } from './command.ts'
import { completeProbe } from './probe.ts'

/** A table of a daemon as its file says it; an absent one is empty. */
type Written<K extends keyof WrittenDaemon> = Exclude<WrittenDaemon[K], undefined | false>

export function completeStart(written: Written<'start'>, type: string, scope: Scope): StartSettings {
  const { ready } = written
  const probe = ready === undefined ? undefined : completeProbe(ready, 'readiness', ['start', 'ready'], scope)
  return {
    timeout: written.timeout ?? DEFAULTS.start.timeout,
    ready: probe ?? (type === 'notify' ? { kind: 'notify' } : undefined),
    settle: written.settle ?? DEFAULTS.start.settle,
    launcherExit: written['launcher-exit'] ?? DEFAULTS.start.launcherExit,
  }
}

export function completeStop(written: Written<'stop'>, scope: Scope): StopSettings {
  return {
    schedule: written.schedule ?? DEFAULTS.stop.schedule,
    command: optionalCommand(written.command, ['stop', 'command'], scope),
    timeout: written.timeout ?? DEFAULTS.stop.timeout,
    killMode: written['kill-mode'] ?? DEFAULTS.stop.killMode,
  }
}

export function completeReload(
  written: Written<'reload'> | false,
  ready: StartSettings['ready'],
  scope: Scope,
): ReloadSettings {
  if (written === false) return { ...DEFAULTS.reload, by: { kind: 'none' } }
  if ('signal' in written && written.command !== undefined) {
    report(scope, ['reload', 'command'], 'signal and command exclude each other')
  }
  if (written.wait === true && ready?.kind === 'fd') {
    const what = 'a daemon tells by fd once, when it starts: nobody listens when it reloads'
    report(scope, ['reload', 'wait'], what, 'give start.ready another probe, or leave wait away')
  }
  return {
    by: reloadBy(written, scope),
    timeout: written.timeout ?? DEFAULTS.reload.timeout,
    wait: written.wait ?? DEFAULTS.reload.wait,
  }
}

function reloadBy(written: Written<'reload'>, scope: Scope): ReloadSettings['by'] {
  if (written.command !== undefined) {
    return { kind: 'command', command: completeCommand(written.command, ['reload', 'command'], scope) }
  }
  if (written.signal !== undefined) return { kind: 'signal', signal: written.signal }
  // The key is there and holds no signal: "none" was written.
  return 'signal' in written ? { kind: 'none' } : DEFAULTS.reload.by
}

export function completeRespawn(written: Written<'respawn'>, scope: Scope): RespawnSettings {
  const delay = written.delay ?? DEFAULTS.respawn.delay
  const maxDelay = written['max-delay'] ?? Math.max(delay, DEFAULTS.respawn.maxDelay)
  if (maxDelay < delay) report(scope, ['respawn', 'max-delay'], 'max-delay is shorter than delay')
  return {
    policy: written.policy ?? DEFAULTS.respawn.policy,
    delay,
    factor: written.factor ?? DEFAULTS.respawn.factor,
    maxDelay,
    jitter: written.jitter ?? DEFAULTS.respawn.jitter,
    resetAfter: written['reset-after'] ?? DEFAULTS.respawn.resetAfter,
    burst: written.burst ?? DEFAULTS.respawn.burst,
    interval: written.interval ?? DEFAULTS.respawn.interval,
    coolDown: written['cool-down'] ?? DEFAULTS.respawn.coolDown,
    giveUp: written['give-up'] ?? DEFAULTS.respawn.giveUp,
    successExit: written['success-exit'] ?? DEFAULTS.respawn.successExit,
    preventExit: written['prevent-exit'] ?? DEFAULTS.respawn.preventExit,
    onExit: written['on-exit'] ?? DEFAULTS.respawn.onExit,
  }
}

export function completeHealth(written: Written<'health'>, scope: Scope): HealthSettings {
  const { probe } = written
  if (probe === undefined && written['max-rss'] === undefined && written['max-age'] === undefined) {
    report(scope, ['health'], 'health needs something to look at', 'set probe, max-rss or max-age')
  }
  return {
    probe: probe === undefined ? undefined : completeProbe(probe, 'health', ['health', 'probe'], scope),
    interval: written.interval ?? DEFAULTS.health.interval,
    timeout: written.timeout ?? DEFAULTS.health.timeout,
    failures: written.failures ?? DEFAULTS.health.failures,
    successes: written.successes ?? DEFAULTS.health.successes,
    startPeriod: written['start-period'] ?? DEFAULTS.health.startPeriod,
    maxRss: written['max-rss'],
    maxAge: written['max-age'],
  }
}

export function completeHooks(written: Written<'hooks'>, scope: Scope): Hooks {
  const commands: Partial<Record<HookName, Command>> = {}
  for (const name of HOOK_NAMES) {
    const command = written[name]
    if (command !== undefined) commands[name] = completeCommand(command, ['hooks', name], scope)
  }
  return { commands, timeout: written.timeout ?? DEFAULTS.hooks.timeout }
}

export function completeBoot(written: Written<'boot'>, scope: Scope): BootSettings {
  const names = (list: readonly string[] | undefined): readonly string[] | undefined =>
    list?.map((name) => expand(name, scope))
  return {
    after: names(written.after) ?? DEFAULTS.boot.after,
    requires: names(written.requires) ?? DEFAULTS.boot.requires,
    wantedBy: names(written['wanted-by']) ?? DEFAULTS.boot.wantedBy,
    runlevels: written.runlevels ?? DEFAULTS.boot.runlevels,
    startPriority: written['start-priority'] ?? DEFAULTS.boot.startPriority,
    stopPriority: written['stop-priority'] ?? DEFAULTS.boot.stopPriority,
  }
}

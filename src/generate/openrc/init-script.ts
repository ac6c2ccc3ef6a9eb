import { posix } from 'node:path'
import { err, ok } from '../../base/result.ts'
import { signalNumber, type SignalName } from '../../base/signals.ts'
import type { Definition, LogTarget } from '../../definition/definition.ts'
import type { StopSchedule } from '../../definition/stop-schedule.ts'
import template from '../../../templates/openrc.mustache'
import { lossLines } from '../comments.ts'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import { namedLogs } from '../named-logs.ts'
import { shellWord } from '../quote/shell.ts'
import { cannotCarry } from '../refuse.ts'
import { readyCommand } from '../sysvinit/ready.ts'
import {
  commandWords,
  environmentView,
  looksLikeVariable,
  wholeSeconds,
  wordsWithEnvironment,
} from '../shell/environment.ts'
import { noteLosses } from './losses.ts'
import { dependencies } from './names.ts'

/**
 * A script for openrc-run(8). supervise-daemon(8) runs what stays in the foreground and starts it again;
 * start-stop-daemon(8) what detaches itself.
 *
 * OpenRC evaluates what command_args holds, so an argument is never written there, but in a variable of its own.
 */
export const openrc: Generator = (definition, options, losses) => {
  const { command, type, pidfile, log, start, stop, hooks, reload, respawn } = definition
  const [program = ''] = command.argv
  const forking = type === 'forking'
  // start-stop-daemon is told of it without quotes when the daemon stops: what it finds executed, which of a launcher may
  // be another program.
  const main = definition.executable?.startsWith('/') === true ? definition.executable : program
  if (forking && !PLAIN.test(main))
    return err(cannotCarry('openrc', 'command', main, 'its path has special characters'))
  if (!PLAIN.test(pidfile)) return err(cannotCarry('openrc', 'pidfile', pidfile, 'its path has special characters'))
  if (looksLikeVariable(definition)) {
    return err(cannotCarry('openrc', 'command', program, 'there is a "=" in the program'))
  }
  // rc-update(8) and conf.d know no @.
  const name = definition.name.replace('@', '-')
  const ready = readyCommand(definition, losses)
  noteLosses(definition, losses)
  const ours = environmentView(definition)
  const words = wordsWithEnvironment(definition)
  const view = {
    ...ours,
    name,
    comments: options.comments ? lossLines(losses.list()) : [],
    description: shellWord((definition.description ?? definition.name).replaceAll(/\s+/g, ' ').trim()),
    forking,
    program: main,
    words: words.map((text, index) => ({ variable: `word_${index}`, value: shellWord(text) })),
    wordsInTurn: words.map((_, index) => ` "\${word_${index}}"`).join(''),
    pidfile: forking ? pidfile : `/run/supervise-${name}.pid`,
    schedule: schedule(stop.schedule),
    ...logs(definition),
    respawns: !forking && respawn.policy !== 'never',
    respawnDelay: wholeSeconds(respawn.delay),
    respawnMax: String(respawn.burst),
    respawnPeriod: wholeSeconds(respawn.interval),
    dependencies: { ...dependencies(definition.boot) },
    logFiles: namedLogs(definition).map((path) => ({ path: shellWord(path), mode: log.mode.toString(8) })),
    logDirectories: [...new Set(namedLogs(definition).map((path) => posix.dirname(path)))].map(shellWord),
    owner: ownerOf(definition),
    runDirectory: forking ? ownRunDirectory(pidfile, options.runtimeDirectory) : undefined,
    configTest: commandWords(definition.configTest),
    testTimeout: wholeSeconds(start.timeout),
    hookTimeout: wholeSeconds(hooks.timeout),
    preStart: commandWords(hooks.commands['pre-start']),
    postStart: commandWords(hooks.commands['post-start']),
    preStop: commandWords(hooks.commands['pre-stop']),
    postStop: commandWords(hooks.commands['post-stop']),
    preReload: commandWords(hooks.commands['pre-reload']),
    stopCommand: commandWords(stop.command),
    stopTimeout: wholeSeconds(stop.timeout),
    cleansCgroup: stop.killMode === 'all',
    ready,
    startTimeout: wholeSeconds(start.timeout),
    reloadSignal: reload.by.kind === 'signal' ? signalWord(reload.by.signal) : undefined,
    reloadCommand: reload.by.kind === 'command' ? commandWords(reload.by.command) : undefined,
    reloadTimeout: wholeSeconds(reload.timeout),
    reloads: reload.by.kind !== 'none',
    hasLimits: Object.keys(definition.limits).length > 0,
    limits: Object.entries(definition.limits)
      .map(([key, { soft, hard }]) => `--${key}=${soft}:${hard}`)
      .join(' '),
    nice: definition.nice === undefined ? undefined : String(definition.nice),
    actions: Object.entries(definition.actions).map(([action, one]) => ({
      action,
      isSignal: one.kind === 'signal' ? signalWord(one.signal) : undefined,
      isCommand: one.kind === 'command' ? commandWords(one.command) : undefined,
      timeout: one.kind === 'command' ? wholeSeconds(one.timeout) : '',
    })),
    actionNames: Object.keys(definition.actions)
      .map((action) => ` ${action}`)
      .join(''),
  }
  return ok([{ path: `/etc/init.d/${name}`, name, text: fill(template, view), mode: 0o755 }])
}

/** Neither a shell nor a second look by a shell sees anything in it. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/

/** By name where OpenRC knows it; real-time signals by number. */
const signalWord = (signal: SignalName): string => (signal.startsWith('RT') ? String(signalNumber(signal)) : signal)

const schedule = ({ steps, repeatFrom }: StopSchedule): string =>
  steps
    .map(({ signal, wait }, index) => {
      const step = `${signalWord(signal)}/${Math.ceil(wait / 1000)}`
      return index === repeatFrom ? `forever/${step}` : step
    })
    .join('/')

function logs({ log, type }: Definition): { readonly outputLog?: string; readonly errorLog?: string } {
  if (type === 'forking') return {}
  const out = place(log.stdout)
  const errors = log.stderr.kind === 'same-as-stdout' ? out : place(log.stderr)
  return { ...(out === undefined ? {} : { outputLog: out }), ...(errors === undefined ? {} : { errorLog: errors }) }
}

/** In a variable, so that nothing evaluates it twice. */
const place = (target: LogTarget): string | undefined =>
  target.kind === 'file' ? shellWord(target.path) : target.kind === 'null' ? '/dev/null' : undefined

function ownerOf({ user, group }: Definition): string | undefined {
  if (user === undefined && group === undefined) return undefined
  return shellWord(`${user ?? ''}${group === undefined ? '' : `:${group}`}`)
}

/** A directory of its own below /run: gone after each boot. */
function ownRunDirectory(pidfile: string, ours: string): string | undefined {
  const directory = posix.dirname(pidfile)
  return /^(\/var)?\/run\/[^/]+/.test(directory) || directory === ours ? shellWord(directory) : undefined
}

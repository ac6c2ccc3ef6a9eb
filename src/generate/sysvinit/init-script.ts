import { posix } from 'node:path'
import { err, ok } from '../../base/result.ts'
import { signalNumber, type SignalName } from '../../base/signals.ts'
import { expectedExecutable } from '../../definition/expected-executable.ts'
import type { Command, Definition, HookName, LogTarget } from '../../definition/definition.ts'
import type { StopSchedule } from '../../definition/stop-schedule.ts'
import template from '../../../templates/init-script.mustache'
import { lossLines } from '../comments.ts'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import { shellWord, shellWords } from '../quote/shell.ts'
import { cannotCarry } from '../refuse.ts'
import { namedLogs } from '../named-logs.ts'
import { noteLosses } from './losses.ts'
import { orderView } from './names.ts'
import { readyCommand } from './ready.ts'

/** One POSIX script with LSB's and chkconfig's headers, which needs neither daemonctl nor any distribution's library. */
export const sysvinit: Generator = (definition, options, losses) => {
  const { command, type, pidfile, lockFile, log, start, stop, hooks, user, group, limits, nice } = definition
  const [program = ''] = command.argv
  // env(1) runs the chain, and takes such a word for a variable.
  if (program.includes('=')) return err(cannotCarry('sysvinit', 'command', program, 'there is a "=" in the program'))
  // insserv and update-rc.d know no @.
  const name = definition.name.replace('@', '-')
  const ready = readyCommand(definition, losses)
  noteLosses(definition, losses)
  const hook = (one: HookName): string | undefined => words(hooks.commands[one])
  const files = namedLogs(definition)
  const view = {
    name,
    daemonName: shellWord(definition.name),
    description: (definition.description ?? definition.name).replaceAll(/\s+/g, ' ').trim().replace(/\\+$/, ''),
    comments: options.comments ? lossLines(losses.list()) : [],
    ...orderView(definition.boot),
    processName: posix.basename(program),
    plainPidfile: pidfile,
    program: shellWord(program),
    executable: executable(definition),
    pidfile: shellWord(pidfile),
    lockFile: shellWord(lockFile ?? `/var/lock/subsys/${name}`),
    user: user === undefined ? '' : shellWord(user),
    group: group === undefined ? '' : shellWord(group),
    switchesUser: user !== undefined || group !== undefined,
    startTimeout: seconds(start.timeout),
    stopSchedule: scheduleWords(stop.schedule),
    actionNames: Object.keys(definition.actions)
      .map((action) => `|${action}`)
      .join(''),
    umask: definition.umask.toString(8).padStart(4, '0'),
    directory: shellWord(definition.directory),
    hasEnvironment: Object.keys(definition.environment).length > 0,
    environment: Object.entries(definition.environment).map(([key, value]) => `${key}=${shellWord(value)}`),
    // The first one is to be read first: so it is put around the others last.
    environmentFiles: definition.environmentFiles
      .toReversed()
      .map(({ path, optional }) => ({ path: shellWord(path), optional })),
    inheritEnvironment: definition.inheritEnvironment,
    configTest: words(definition.configTest),
    logDirectories: shellWords([...new Set(files.map((path) => posix.dirname(path)))]),
    ownsRunDirectory: type === 'forking' && user !== undefined && ownsDirectory(pidfile, options.runtimeDirectory),
    logFiles: files.map((path) => ({ path: shellWord(path), mode: log.mode.toString(8).padStart(4, '0') })),
    command: shellWords(command.argv),
    prefix: [
      ...(nice === undefined ? [] : ['nice', '-n', String(nice)]),
      ...(Object.keys(limits).length === 0 ? [] : ['prlimit']),
      ...Object.entries(limits).map(([key, { soft, hard }]) => `--${key}=${soft}:${hard}`),
    ].join(' '),
    forking: type === 'forking',
    launcherExit: start.launcherExit.join(' | '),
    redirections: `</dev/null ${redirection('>>', log.stdout)} ${redirection('2>>', log.stderr)}`,
    ready,
    settleNaps: String(settleNaps(definition)),
    seeLog: log.stdout.kind === 'file' ? quotedPart(`: see ${log.stdout.path}`) : '',
    hookTimeout: seconds(hooks.timeout),
    preStart: hook('pre-start'),
    postStart: hook('post-start'),
    preStop: hook('pre-stop'),
    postStop: hook('post-stop'),
    preReload: hook('pre-reload'),
    all: stop.killMode === 'all',
    stopCommand: words(stop.command),
    stopTimeout: seconds(stop.timeout),
    reload: reloadCommand(definition),
    actions: Object.entries(definition.actions).map(([action, one]) => ({
      action,
      text:
        one.kind === 'signal'
          ? `send ${signalWord(one.signal)} "$pid"`
          : `bounded ${seconds(one.timeout)} ${shellWords(one.command.argv)}`,
    })),
  }
  return ok([{ path: `/etc/init.d/${name}`, name, text: fill(template, view), mode: 0o755 }])
}

const words = (command: Command | undefined): string | undefined =>
  command === undefined ? undefined : shellWords(command.argv)

/** In the middle of a word in single quotes. */
const quotedPart = (text: string): string => text.replaceAll("'", String.raw`'\''`)

/** Whole seconds, at least one: sleeps and bounds of a shell have no others. */
const seconds = (span: number): string => String(Math.max(1, Math.ceil(span / 1000)))

/** Signals by the names that every shell knows; real-time ones by number. */
const signalWord = (signal: SignalName): string => (signal.startsWith('RT') ? String(signalNumber(signal)) : signal)

const scheduleWords = ({ steps, repeatFrom }: StopSchedule): string =>
  steps
    .map(
      ({ signal, wait }, index) =>
        `${index === repeatFrom ? 'forever ' : ''}${signalWord(signal)} ${Math.ceil(wait / 1000)}`,
    )
    .join(' ')

function reloadCommand({ reload }: Definition): string | undefined {
  switch (reload.by.kind) {
    case 'signal':
      return `send ${signalWord(reload.by.signal)} "$pid"`
    case 'command':
      return `bounded ${seconds(reload.timeout)} ${shellWords(reload.by.command.argv)}`
    case 'none':
      return undefined
  }
}

/** The program that the main process is to execute, a script as well; nothing where it is looked up in PATH. */
function executable(definition: Definition): string {
  const expected = expectedExecutable(definition)
  return expected === undefined || !expected.startsWith('/') ? '' : shellWord(expected)
}

function redirection(operator: string, target: LogTarget): string {
  switch (target.kind) {
    case 'file':
      return `${operator}${shellWord(target.path)}`
    case 'null':
      return `${operator}/dev/null`
    case 'same-as-stdout':
      return '2>&1'
    case 'passed-on':
      // kept-in-file.ts has made a file of it.
      return ''
  }
}

/** A directory of its own below /run, which its user may own. */
const ownsDirectory = (pidfile: string, ours: string): boolean => {
  const directory = posix.dirname(pidfile)
  return /^(\/var)?\/run\/[^/]+/.test(directory) && directory !== ours
}

/** How many looks (ten a second) it must have been alive for. */
function settleNaps({ start }: Definition): number {
  if (start.ready?.kind === 'delay') return Math.max(1, Math.ceil(start.ready.delay / 100))
  return start.ready === undefined || start.ready.kind === 'notify' ? Math.max(3, Math.ceil(start.settle / 100)) : 1
}

import { err, ok } from '../../base/result.ts'
import type { Definition } from '../../definition/definition.ts'
import check from '../../../templates/check.mustache'
import control from '../../../templates/runit-control.mustache'
import finish from '../../../templates/runit-finish.mustache'
import log from '../../../templates/runit-log.mustache'
import run from '../../../templates/runit-run.mustache'
import { lossLines } from '../comments.ts'
import { fill, type View } from '../fill.ts'
import type { GeneratedFile } from '../generated.ts'
import type { Generator } from '../generator.ts'
import { cannotCarry } from '../refuse.ts'
import { shellWord } from '../quote/shell.ts'
import { commandWords, looksLikeVariable, wholeSeconds } from '../shell/environment.ts'
import { hasLogger, loggerDirectory, signalWord, stopOf, supervisedView } from '../shell/supervised.ts'
import { readyCommand } from '../sysvinit/ready.ts'
import { noteLosses } from './losses.ts'

/**
 * A directory for runsv(8): run becomes the daemon, finish says whether it is run again, check tells sv(8) whether it
 * is ready, control/ has what is done instead of a plain signal, log/ a svlogd(8) for what goes to no file.
 */
export const runit: Generator = (definition, options, losses) => {
  const { name, command } = definition
  if (looksLikeVariable(definition)) {
    return err(cannotCarry('runit', 'command', command.argv[0] ?? '', 'there is a "=" in the program'))
  }
  const ready = readyCommand(definition, losses)
  noteLosses(definition, options, losses)
  const view = { ...supervisedView(definition, options), comments: options.comments ? lossLines(losses.list()) : [] }
  const file = (path: string, template: string, more: View = {}): GeneratedFile => ({
    path: `/etc/sv/${name}/${path}`,
    name: `${name}/${path}`,
    text: fill(template, { ...view, ...more }),
    mode: 0o755,
  })
  return ok([
    file('run', run),
    file('finish', finish),
    ...(ready === undefined ? [] : [file('check', check, { ready, runs: ready.startsWith('bounded ') })]),
    ...controls(definition).map(([letter, more]) => file(`control/${letter}`, control, { ...more, runs: runs(more) })),
    ...(hasLogger(definition, options)
      ? [
          file('log/run', log, {
            directory: shellWord(loggerDirectory(definition, options)),
            settings: logSettings(definition),
          }),
        ]
      : []),
  ])
}

/** It runs something as the daemon is run. */
const runs = ({ configTest, hook, command }: View): boolean =>
  [configTest, hook, command].some((text) => text !== undefined)

/** Scripts for what sv(8) does by a plain signal, where the definition asks for more. */
function controls(definition: Definition): readonly (readonly [string, View])[] {
  const { reload, configTest, hooks, stop } = definition
  const { signal } = stopOf(definition)
  const found: (readonly [string, View])[] = []
  const plainReload = reload.by.kind === 'signal' && reload.by.signal === 'HUP'
  if (!plainReload || configTest !== undefined || hooks.commands['pre-reload'] !== undefined) {
    found.push([
      'h',
      {
        instead: 'HUP',
        configTest: commandWords(configTest),
        hook: commandWords(hooks.commands['pre-reload']),
        command: reload.by.kind === 'command' ? commandWords(reload.by.command) : undefined,
        timeout: wholeSeconds(reload.timeout),
        signal: reload.by.kind === 'signal' ? signalWord(reload.by.signal) : undefined,
      },
    ])
  }
  if (signal !== 'TERM' || stop.command !== undefined || hooks.commands['pre-stop'] !== undefined) {
    found.push([
      't',
      {
        instead: 'TERM',
        configTest: undefined,
        hook: commandWords(hooks.commands['pre-stop']),
        command: commandWords(stop.command),
        timeout: wholeSeconds(stop.timeout),
        signal: signalWord(signal),
      },
    ])
  }
  return found
}

/** svlogd's config: s SIZE in bytes, n how many archives. */
function logSettings({ log }: Definition): string {
  const size = log.maxSize === undefined ? [] : [`s${log.maxSize}`]
  return [...size, `n${Math.max(2, log.keep)}`].map((line) => String.raw`${line}\n`).join('')
}

import { err, ok } from '../../base/result.ts'
import type { Definition } from '../../definition/definition.ts'
import check from '../../../templates/check.mustache'
import finish from '../../../templates/s6-finish.mustache'
import log from '../../../templates/s6-log.mustache'
import reload from '../../../templates/s6-reload.mustache'
import run from '../../../templates/s6-run.mustache'
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

/** What a finish script may take beside its sleep. */
const SPARE_MILLISECONDS = 5_000
/** s6-supervise remembers as many deaths as max-death-tally says, 100 where it says nothing, 4096 at most. */
const DEATHS_REMEMBERED = 100
const MOST_DEATHS = 4096
/** Every exit status, and the signals of which programs die. s6-permafailon(1) */
const EVERY_DEATH = `0-255,${[
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'SEGV',
  'PIPE',
  'ALRM',
  'TERM',
  'SYS',
]
  .map((name) => `SIG${name}`)
  .join(',')}`

/**
 * A service directory for s6-supervise(8): run becomes the daemon, finish says whether it is run again, notification-fd
 * where it tells that it is ready, timeout-kill and down-signal how it is stopped, data/reload reloads with a test.
 */
export const s6: Generator = (definition, options, losses) => {
  const { name, command, start, respawn, hooks } = definition
  if (looksLikeVariable(definition)) {
    return err(cannotCarry('s6', 'command', command.argv[0] ?? '', 'there is a "=" in the program'))
  }
  const byDescriptor = start.ready?.kind === 'fd' ? start.ready.fd : undefined
  const ready = byDescriptor === undefined ? readyCommand(definition, losses) : undefined
  noteLosses(definition, options, losses)
  const view = {
    ...supervisedView(definition, options),
    comments: options.comments ? lossLines(losses.list()) : [],
    asks: ready !== undefined,
    events: EVERY_DEATH,
  }
  const place = (path: string, text: string, mode: number): GeneratedFile => ({
    path: `/etc/s6/sv/${name}/${path}`,
    name: `${name}/${path}`,
    text,
    mode,
  })
  const script = (path: string, template: string, more: View = {}): GeneratedFile =>
    place(path, fill(template, { ...view, ...more }), 0o755)
  const setting = (path: string, value: string | number | undefined): readonly GeneratedFile[] =>
    value === undefined ? [] : [place(path, `${value}\n`, 0o644)]
  const { signal, killAfter } = stopOf(definition)
  return ok([
    script('run', run),
    script('finish', finish),
    ...setting('notification-fd', byDescriptor ?? (ready === undefined ? undefined : 3)),
    ...setting('down-signal', signal === 'TERM' ? undefined : signalWord(signal)),
    ...setting('timeout-kill', killAfter),
    ...setting(
      'timeout-finish',
      Math.ceil((respawn.policy === 'never' ? 0 : respawn.delay) + hooks.timeout + SPARE_MILLISECONDS),
    ),
    ...setting('max-death-tally', respawn.burst > DEATHS_REMEMBERED ? Math.min(MOST_DEATHS, respawn.burst) : undefined),
    ...(ready === undefined ? [] : [script('data/check', check, { ready, runs: ready.startsWith('bounded ') })]),
    ...reloader(definition).map((more) => script('data/reload', reload, more)),
    ...(hasLogger(definition, options)
      ? [
          script('log/run', log, {
            directory: shellWord(loggerDirectory(definition, options)),
            keep: String(definition.log.keep),
            size: definition.log.maxSize === undefined ? '' : `s${definition.log.maxSize}`,
          }),
        ]
      : []),
  ])
}

/** Where s6-svc -h is not all that a reload takes. */
function reloader({ reload, configTest, hooks }: Definition): readonly View[] {
  const plain = reload.by.kind === 'signal' && reload.by.signal === 'HUP' && configTest === undefined
  if (reload.by.kind === 'none' || (plain && hooks.commands['pre-reload'] === undefined)) return []
  return [
    {
      hook: commandWords(hooks.commands['pre-reload']),
      command: reload.by.kind === 'command' ? commandWords(reload.by.command) : undefined,
      timeout: wholeSeconds(reload.timeout),
      signal: reload.by.kind === 'signal' ? signalWord(reload.by.signal) : undefined,
      runs: reload.by.kind === 'command' || configTest !== undefined || hooks.commands['pre-reload'] !== undefined,
    },
  ]
}

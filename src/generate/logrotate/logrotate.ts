import type { Milliseconds } from '../../base/duration.ts'
import { failure } from '../../base/failure.ts'
import { err, ok } from '../../base/result.ts'
import type { Definition, LogSettings } from '../../definition/definition.ts'
import template from '../../../templates/logrotate.mustache'
import { lossLines } from '../comments.ts'
import { fill } from '../fill.ts'
import type { Generator } from '../generator.ts'
import type { Losses } from '../losses.ts'
import { namedLogs } from '../named-logs.ts'
import { shellWord } from '../quote/shell.ts'
import { cannotCarry } from '../refuse.ts'

/**
 * Rotation by the host's logrotate. Where the daemon opens its logs again at a signal, the file is renamed and the
 * daemon told; else it is copied and truncated, for a daemon writes on into a file that was renamed.
 */
export const logrotate: Generator = (definition, options, losses) => {
  const { log, name, user, group, pidfile } = definition
  const files = namedLogs(definition)
  if (files.length === 0) {
    return err(
      failure('unsupported', 'generating', `${name} has no log files`, {
        remedy: 'name one: log.stdout in its definition',
      }),
    )
  }
  // Patterns and quotes mean something there, even in quotes.
  const strange = files.find((path) => /["'\\*?[\]{}\u0000-\u001f]/.test(path))
  if (strange !== undefined)
    return err(cannotCarry('logrotate', 'log.stdout', strange, 'the path has a special character'))
  noteLosses(definition, losses)
  const view = {
    name,
    comments: options.comments ? lossLines(losses.list()) : [],
    files: files.map((path) => `"${path}"`).join(' '),
    frequency: frequency(log),
    size: log.maxSize === undefined ? undefined : `${log.maxAge === undefined ? 'size' : 'maxsize'} ${log.maxSize}`,
    keep: String(log.keep),
    compress: compression(log),
    // It does not write, as root, into a directory of another.
    su: user === undefined ? undefined : `${user} ${group ?? groupOf(user)}`,
    copytruncate: log.reopenSignal === undefined,
    create: `${log.mode.toString(8).padStart(4, '0')}${user === undefined ? '' : ` ${user}${group === undefined ? '' : ` ${group}`}`}`,
    unit: shellWord(`${name}.service`),
    pidfile: shellWord(pidfile),
    signal: log.reopenSignal ?? '',
  }
  return ok([{ path: `/etc/logrotate.d/${name}`, name, text: fill(template, view), mode: 0o644 }])
}

/** "su" needs both: most users have a group of their own name. */
const groupOf = (user: string): string => user

/** Without a size and an age: once a week, which is its own default. */
function frequency({ maxAge, maxSize }: LogSettings): string | undefined {
  if (maxAge === undefined) return maxSize === undefined ? 'weekly' : undefined
  return FREQUENCIES.find(({ span }) => maxAge >= span)?.word ?? 'hourly'
}

const DAY: Milliseconds = 24 * 60 * 60 * 1000
const FREQUENCIES: readonly { readonly word: string; readonly span: Milliseconds }[] = [
  { word: 'yearly', span: 365 * DAY },
  { word: 'monthly', span: 28 * DAY },
  { word: 'weekly', span: 7 * DAY },
  { word: 'daily', span: DAY },
]

function compression({ compress }: LogSettings): readonly string[] {
  switch (compress) {
    case 'none':
      return ['nocompress']
    case 'gzip':
      return ['compress']
    case 'zstd':
      return [
        'compress',
        'compresscmd /usr/bin/zstd',
        'compressoptions --rm --quiet',
        'uncompresscmd /usr/bin/unzstd',
        'compressext .zst',
      ]
  }
}

function noteLosses({ log, user, group }: Definition, losses: Losses): void {
  if (log.reopenSignal === undefined) {
    losses.noteDefault(
      'log.reopen-signal',
      'the log is copied and truncated: what is written in between is lost',
      'set it to the signal by which the daemon opens its logs again, or call "daemonctl rotate", which loses nothing',
    )
  }
  if (log.maxSize === undefined && log.maxAge === undefined) {
    losses.noteDefault('log.max-age', 'the definition does not say when its logs are rotated', 'once a week')
  }
  const spans = [DAY / 24, ...FREQUENCIES.map(({ span }) => span)]
  if (log.maxAge !== undefined && !spans.includes(log.maxAge)) {
    losses.note('log.max-age', 'logrotate knows hours, days, weeks, months and years', `it is ${frequency(log)}`)
  }
  if (log.maxAge !== undefined && log.maxAge < DAY) {
    losses.note('log.max-age', 'most hosts run logrotate once a day', 'it must be run each hour')
  }
  if (log.maxTotal !== undefined) {
    losses.note('log.max-total', 'logrotate counts archives, not bytes', `it keeps ${log.keep} of them`)
  }
  if (user !== undefined && group === undefined) {
    losses.note('group', 'logrotate must be told a group', `the group ${groupOf(user)}`)
  }
}

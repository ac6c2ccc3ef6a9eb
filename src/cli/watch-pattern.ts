import { formatDuration } from '../base/duration.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Failure } from '../base/failure.ts'
import { printable } from '../base/text.ts'
import { isAnchored } from '../decide/pattern/criteria.ts'
import type { Sight } from '../decide/pattern/state.ts'
import { levelOf, sentence, type Telling } from '../decide/pattern/telling.ts'
import { daemonIndex, type DaemonIndexOptions } from '../host/daemon-index.ts'
import { lineLog } from '../host/line-log.ts'
import type { LineLog, PatternHost } from '../host/pattern-host.ts'
import { ownProgram } from '../host/own-program.ts'
import { diskPatternStore } from '../host/pattern-store.ts'
import { looksOf } from '../host/process-table.ts'
import { portableLooksOf } from '../host/process-table-portable.ts'
import type { PatternOrder } from '../watch/pattern-order.ts'
import { lockPattern, sightOf, watchPattern, type PatternEnd } from '../watch/pattern-watcher.ts'
import { patternOrder, type GivenPattern } from './pattern-order.ts'
import type { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

export interface WatchPatternFlags {
  readonly json: boolean
  readonly once: boolean
  readonly dryRun: boolean
}

/** Watches a pattern until TERM, INT or HUP, or until it is decided. Gives the exit status. */
export async function watchPatternFlags(
  surroundings: Surroundings,
  terminal: Terminal,
  given: GivenPattern,
  flags: WatchPatternFlags,
): Promise<Result<number, Failure>> {
  const defined = await definedDaemons(surroundings)
  const host = patternHost(surroundings, defined, (text) => terminal.error(`daemonctl: ${text}`))
  const here = { directory: process.cwd(), umask: process.umask(), script: ownProgram().at(-1) }
  const read = patternOrder(host, given, here)
  if (!read.ok) return read
  const { pidfile } = read.value
  const order = {
    ...read.value,
    daemon: pidfile === undefined ? undefined : { key: surroundings.keyOf(pidfile), name: pidfile },
  }
  if (flags.dryRun) return preview(host, order, terminal)
  const log = order.log === undefined ? undefined : lineLog(order.log)
  const lock = await lockPattern(host, order)
  if (!lock.ok) return flags.once && lock.error.reason === 'busy' ? leaveToOther(host, order, lock.error) : lock
  if (!flags.once) {
    const begin = line(`watching whatever matches${hint(order)}`, order)
    const opened = log?.append(begin)
    if (opened?.ok === false) return opened
    if (!flags.json) terminal.line(begin)
  }
  host.signaller.prepare()
  const over = new AbortController()
  const stop = (): void => over.abort()
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', stop)
  // Nothing but events is waited for, and none of them may keep Node from ending by itself.
  const alive = setInterval(() => {}, 2 ** 30)
  const end = await watchPattern(host, order, lock.value, {
    once: flags.once,
    // That all is well need not be in a log each minute.
    tell: (what) => show(what, order, terminal, flags.once && isWell(what) ? undefined : log, flags.json),
    signal: over.signal,
  })
  clearInterval(alive)
  lock.value.release()
  process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', stop)
  return ok(flags.once ? STATUS[end] : 0)
}

/** What was stopped on purpose is as somebody wants it: nothing to do. */
const STATUS: Readonly<Record<PatternEnd, number>> = { matched: 0, stopped: 0, missing: 1, interrupted: 1 }

type Defined = DaemonIndexOptions['defined']

/** What is wrong with definitions is no matter here. */
async function definedDaemons(surroundings: Surroundings): Promise<Defined> {
  const files = await surroundings.catalog(undefined)
  const daemons = files.flatMap(({ outcome }) => (outcome.ok ? outcome.value : []))
  return daemons
    .filter(({ template }) => !template)
    .map(({ definition: { name, pidfile } }) => ({ key: surroundings.keyOf(pidfile), name, pidfile }))
}

function patternHost({ host, directories }: Surroundings, defined: Defined, warn: (text: string) => void): PatternHost {
  const { processes, records, pidfiles } = host
  const bootId = (): string => processes.bootId()
  return {
    ...host,
    looks: process.platform === 'linux' ? looksOf : portableLooksOf,
    daemons: daemonIndex({ runtimeDirectory: directories.runtime, records, pidfiles, bootId, defined }),
    patterns: diskPatternStore({ stateDirectory: directories.state, uid: processes.self().uid, bootId, warn }),
  }
}

/** Somebody watches it: for a single look it is enough to know how it is. */
async function leaveToOther(host: PatternHost, order: PatternOrder, busy: Failure): Promise<Result<number, Failure>> {
  const sight = await sightOf(host, order)
  return sight.kind === 'matched' || sight.stopped !== undefined ? ok(0) : err(busy)
}

async function preview(host: PatternHost, order: PatternOrder, terminal: Terminal): Promise<Result<number, Failure>> {
  terminal.answer(printable(previewText(await sightOf(host, order), order)))
  return ok(0)
}

function previewText(sight: Sight, { recovery, recoveryTimeout }: PatternOrder): string {
  if (sight.kind === 'matched') {
    return `${sentence({ ...sight, pid: sight.main.pid, recovered: false })}: nothing would be done`
  }
  if (sight.stopped !== undefined) return `nothing matches, and that is wanted: ${sight.stopped}: nothing would be done`
  return `nothing matches: would run ${recovery.argv.join(' ')} and wait for its end, ${formatDuration(recoveryTimeout)} at most`
}

/** What else may bear the pattern is not known, but that something may is. */
const hint = ({ criteria, pidfile }: PatternOrder): string =>
  criteria.full && pidfile === undefined && !isAnchored(criteria)
    ? ' (so would an editor or a pager with these words: --exec, --euid or --parent say more)'
    : ''

const line = (text: string, { criteria }: PatternOrder): string =>
  `[${timestamp(new Date())}] ${printable(criteria.pattern)}: ${printable(text)}`

/** As the clock on the wall has it. */
function timestamp(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

function show(what: Telling, order: PatternOrder, terminal: Terminal, log: LineLog | undefined, json: boolean): void {
  const text = line(told(what, order), order)
  log?.append(text)
  const level = levelOf(what)
  if (json) {
    const { kind } = what
    const at = new Date().toISOString()
    const name = order.criteria.pattern
    // One line each, for programs that read them as they come.
    terminal.answer(JSON.stringify({ version: 1, at, name, kind, level, message: told(what, order) }))
  } else if (level === 'info') terminal.line(text)
  else terminal.error(level === 'error' ? terminal.theme.bad(text) : terminal.theme.odd(text))
}

const isWell = (what: Telling): boolean => what.kind === 'stopped' || (what.kind === 'matched' && !what.recovered)

function told(what: Telling, { log, recovery }: PatternOrder): string {
  switch (what.kind) {
    case 'recovering':
      return `${sentence(what)}: ${recovery.argv.join(' ')}`
    case 'recovered':
      return levelOf(what) === 'error' && log === undefined
        ? `${sentence(what)}; --log keeps what it says`
        : sentence(what)
    case 'matched':
    case 'ended':
    case 'stopped':
    case 'backing-off':
    case 'held':
      return sentence(what)
  }
}

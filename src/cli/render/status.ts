import { formatDuration } from '../../base/duration.ts'
import type { Result } from '../../base/result.ts'
import { formatSize } from '../../base/size.ts'
import { printable } from '../../base/text.ts'
import type { Condition } from '../../decide/condition.ts'
import type { Figures } from '../../decide/metrics/parse.ts'
import type { HistoryEntry } from '../../host/host.ts'
import { describeExit } from '../../decide/exit.ts'
import type { Subject } from '../../operations/run.ts'
import type { Status, StatusDetail } from '../../operations/status.ts'
import type { WatchedState } from '../../watch/watched-states.ts'
import type { Theme } from '../theme.ts'
import { describeCondition } from './condition.ts'
import { renderTable } from './table.ts'

const paint = (condition: Condition, theme: Theme): ((text: string) => string) => {
  switch (condition.kind) {
    case 'running':
      return theme.good
    case 'stopped':
      return theme.quiet
    case 'stale':
    case 'foreign':
      return theme.bad
    case 'unknown':
      return theme.odd
  }
}

/** One line a daemon. */
export function renderStatusLines(
  statuses: readonly Status[],
  theme: Theme,
  watched: (subject: Subject) => WatchedState | undefined = () => undefined,
): string {
  const rows = statuses.map(({ subject, condition, uptime }) => [
    theme.name(printable(subject.definition.name)),
    paint(condition, theme)(condition.kind),
    condition.kind === 'running' ? String(condition.main.pid) : '',
    uptime === undefined ? '' : formatDuration(Math.max(0, uptime)),
    printable(remark(condition, watched(subject))),
  ])
  return renderTable(['NAME', 'CONDITION', 'PID', 'UPTIME', ''], rows, theme)
}

/** What else there is to know in one line: of what does not run, what the watcher makes of it. */
function remark(condition: Condition, watched: WatchedState | undefined): string {
  // "up" adds nothing, and of what has died this very moment the watcher has not heard yet.
  if (watched !== undefined && watched.phase !== 'up') return watched.sentence
  return condition.kind !== 'running' && 'why' in condition ? condition.why : ''
}

/** Everything about one daemon. */
export function renderStatusDetail(detail: StatusDetail, theme: Theme, watched?: WatchedState): string {
  const { subject, condition, uptime, processes } = detail
  const { definition } = subject
  const name = theme.name(printable(definition.name))
  const since = uptime === undefined ? '' : `, up ${formatDuration(Math.max(0, uptime))}`
  const lines = [`${name} is ${paint(condition, theme)(printable(describeCondition(condition)))}${since}`]
  const fact = (label: string, text: string): void => void lines.push(`  ${label.padEnd(11)} ${printable(text)}`)
  if (definition.description !== undefined) fact('is', definition.description)
  fact('pidfile', definition.pidfile)
  if (condition.kind === 'running') {
    const { process, proof, notes } = condition
    const suspended = process.state === 'T' ? ', suspended by a signal (state T)' : ''
    fact('main', `pid ${process.pid} (${process.name}), uid ${process.uid}${suspended}`)
    fact('known by', proof === 'record' ? 'its record: boot, PID and start time' : 'its pidfile')
    for (const note of notes) fact('note', note)
  }
  if (processes.length > 0) {
    const pids = processes.slice(0, 12).map((process) => process.pid)
    const more = processes.length > pids.length ? ' ...' : ''
    const label = condition.kind === 'running' ? 'processes' : 'left over'
    fact(
      label,
      `${processes.length} (${pids.join(' ')}${more}), ${detail.threads} ${detail.threads === 1 ? 'thread' : 'threads'}`,
    )
    const files = detail.descriptors === undefined ? '' : `, ${detail.descriptors} descriptors`
    const share = detail.pss === undefined ? '' : ` (PSS ${formatSize(detail.pss)})`
    fact('uses', `${formatSize(detail.rss)} of memory${share}, ${formatDuration(detail.cpuTime)} of CPU time${files}`)
  }
  if (detail.listening.length > 0) fact('listens on', detail.listening.slice(0, 12).join(', '))
  if (detail.figures !== undefined) fact('tells', describeFigures(detail.figures))
  if (condition.kind === 'unknown') fact('do', condition.remedy)
  if (detail.wish !== undefined) {
    const { want, paused, by, at } = detail.wish
    fact(
      'wanted',
      `${want === 'up' ? 'running' : 'stopped'}${paused ? ' and left alone (paused)' : ''}, by ${by.user ?? `uid ${by.uid}`} at ${time(at)}`,
    )
  }
  if (watched !== undefined) {
    const { sentence, respawns } = watched
    fact(
      'watched',
      `${sentence}${respawns === 0 ? '' : `, ${respawns} ${respawns === 1 ? 'start' : 'starts'} by the watcher`}`,
    )
  }
  if (detail.lastExit !== undefined) fact('last end', `it ${describeExit(detail.lastExit)}`)
  for (const entry of detail.history) fact('history', historyLine(entry))
  if (detail.logLines.length > 0 && definition.log.stdout.kind === 'file') {
    fact('log', definition.log.stdout.path)
    for (const line of detail.logLines) lines.push(`  ${theme.quiet(`${''.padEnd(9)} |`)} ${printable(line)}`)
  }
  return lines.join('\n')
}

/** More than these nobody reads in a line. */
const MOST_FIGURES = 12

function describeFigures(figures: Result<Figures, string>): string {
  if (!figures.ok) return `nothing: ${figures.error}`
  const told = [...figures.value].slice(0, MOST_FIGURES).map(([name, value]) => `${name} ${value}`)
  return `${told.join(', ')}${figures.value.size > told.length ? ' ...' : ''}`
}

/** What was done, when and by whom, in one line. */
export function historyLine({ at, verb, result, pid, exit, outOfMemory, message, by }: HistoryEntry): string {
  const who = by.user ?? `uid ${by.uid}`
  const login = by.loginUid === undefined || by.loginUid === by.uid ? '' : ` (login uid ${by.loginUid})`
  const from = [by.terminal, by.parent].filter((part) => part !== undefined).join(', ')
  const how = [
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(message === '' ? [] : [message]),
    ...(exit === undefined || exit.kind === 'unseen' || message.includes('ended') || message.includes('killed')
      ? []
      : [`it ${describeExit(exit)}`]),
    ...(outOfMemory && !message.includes('memory ran out') ? ['memory ran out'] : []),
  ]
  return `${time(at)} ${verb} by ${who}${login}${from === '' ? '' : ` from ${from}`}: ${result}${how.length === 0 ? '' : ` (${how.join('; ')})`}`
}

/** Local time to the second, as logs have it. */
export function time(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

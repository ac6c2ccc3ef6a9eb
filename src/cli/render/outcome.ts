import { formatDuration } from '../../base/duration.ts'
import { printable } from '../../base/text.ts'
import type { Request } from '../../decide/plan/plan.ts'
import type { ToldOutcome } from '../../operations/act.ts'
import type { Theme } from '../theme.ts'

const DOING: Readonly<Record<Request['verb'], string>> = {
  start: 'Starting',
  stop: 'Stopping',
  restart: 'Restarting',
  condrestart: 'Restarting',
  reload: 'Reloading',
  'force-reload': 'Reloading',
  signal: 'Signalling',
  respawn: 'Starting',
  end: 'Stopping',
}

/** `Starting myapp ... ok (pid 4711, ready in 0.3 s)` */
export function renderOutcome(outcome: ToldOutcome, theme: Theme): string {
  const head = `${DOING[outcome.verb]} ${theme.name(printable(outcome.name))} ... `
  switch (outcome.result) {
    case 'done':
      return `${head}${theme.good('ok')} (${facts(outcome).join(', ')})`
    case 'nothing':
      return `${head}${theme.good('ok')}: ${printable(outcome.why ?? 'nothing to do')}`
    case 'failed':
      return `${head}${theme.bad('failed')}${outcome.rolledBack ? `, ${theme.odd('rolled back')} (pid ${outcome.pid})` : ''}`
  }
}

function facts({ verb, pid, took, lastSignal, before }: ToldOutcome): readonly string[] {
  const time = formatDuration(took)
  const who = pid === undefined ? [] : [`pid ${pid}`]
  switch (verb) {
    case 'start':
    case 'respawn':
      return [...who, `ready in ${time}`]
    case 'restart':
    case 'condrestart':
      return before?.kind === 'running' && before.main.pid !== pid
        ? [`pid ${before.main.pid} → ${pid}`, `ready in ${time}`]
        : [...who, `ready in ${time}`]
    case 'stop':
    case 'end':
      return [
        ...(pid === undefined ? [remains(before)] : [`was pid ${pid}`]),
        ...(lastSignal === 'KILL' ? ['it had to be killed'] : []),
        time,
      ]
    case 'reload':
    case 'force-reload':
      return before?.kind === 'running' && before.main.pid !== pid
        ? [`pid ${before.main.pid} → ${pid}`, time]
        : [...who, time]
    case 'signal':
      return who
  }
}

/** What a stop found of a daemon that did not run. */
function remains(before: ToldOutcome['before']): string {
  const count = before === undefined || before.kind === 'running' ? 0 : before.leftovers.processes.length
  if (count > 0) return `${count} left-over ${count === 1 ? 'process' : 'processes'} ended`
  return before?.kind === 'stopped'
    ? before.lockFile
      ? 'its lock file was removed'
      : 'its record was removed'
    : 'it was not running; its pidfile was removed'
}

import { failureJson } from '../../base/failure.ts'
import type { Json } from '../../base/json.ts'
import { printable } from '../../base/text.ts'
import type { PauseOutcome } from '../../operations/pause.ts'
import { exitStatusOf } from '../exit-status.ts'
import type { Theme } from '../theme.ts'

/** `myapp is paused: no watcher touches it until it is resumed` */
export function renderPause({ name, verb, result }: PauseOutcome, theme: Theme): string {
  const already = result === 'nothing'
  const who = theme.name(printable(name))
  return verb === 'pause'
    ? `${who} ${already ? 'was paused already' : 'is paused'}: no watcher touches it until it is resumed`
    : `${who} ${already ? 'was not paused' : 'is resumed'}: watchers heed it`
}

/** docs/json.md */
export const pausesJson = (verb: PauseOutcome['verb'], outcomes: readonly PauseOutcome[]): Json => ({
  version: 1,
  verb,
  daemons: outcomes.map(({ name, result, failure }) => ({
    name,
    result,
    status: exitStatusOf(failure),
    failure: failureJson(failure),
  })),
})

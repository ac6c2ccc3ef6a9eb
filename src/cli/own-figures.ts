import { err, type Result } from '../base/result.ts'
import { parseFigures, type Figures } from '../decide/metrics/parse.ts'
import { readFigures } from '../host/figures-source.ts'
import type { Host } from '../host/host.ts'
import type { Subject } from '../operations/run.ts'
import { commandFailure, commandOutcome } from '../operations/steps/run-command.ts'

/** What a daemon tells of itself: [metrics]. undefined: its definition names no place. */
export async function ownFigures(host: Host, subject: Subject): Promise<Result<Figures, string> | undefined> {
  const { metrics } = subject.definition
  if (metrics === undefined) return undefined
  const { from, format, timeout } = metrics
  const text =
    from.kind === 'command' ? await byCommand(host, subject, from.command, timeout) : await readFigures(from, timeout)
  return text.ok ? parseFigures(text.value, format) : text
}

async function byCommand(
  host: Host,
  subject: Subject,
  command: Parameters<typeof commandOutcome>[1],
  within: number,
): Promise<Result<string, string>> {
  const silent = { waiting: () => {}, warn: () => {} }
  const purpose = {
    stage: 'reading the figures',
    what: 'the metrics command',
    reason: 'failed',
    within,
    remedy: '',
  } as const
  const ran = await commandOutcome({ host, subject, main: undefined, progress: silent }, command, purpose)
  if (!ran.ok) return err(ran.error.message)
  const failed = commandFailure(ran.value, purpose)
  return failed === undefined ? { ok: true, value: ran.value.output.join('\n') } : err(failed.message)
}

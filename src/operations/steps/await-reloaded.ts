import { formatDuration } from '../../base/duration.ts'
import { err, ok } from '../../base/result.ts'
import type { Step } from '../../decide/plan/step.ts'
import type { Run, StepOutcome } from '../run.ts'
import { waitFor } from '../wait.ts'
import { startedBadly } from './started-badly.ts'

/**
 * Waits for READY=1 of a daemon that has said RELOADING=1. One that has said nothing by now is taken for one that never
 * does, unless it must.
 */
export async function awaitReloaded(
  run: Run,
  { within, demanded }: Extract<Step, { do: 'await-reloaded' }>,
): Promise<StepOutcome> {
  const { host, main, hearing } = run
  hearing?.listen()
  if (hearing === undefined || main === undefined || !(demanded || hearing.isReloading())) return ok(undefined)
  const answer = await waitFor(
    run,
    'READY=1 after the reload',
    within,
    (signal) => [
      hearing.ready.then(() => 'ready' as const),
      host.signaller.ended(main, signal).then(() => 'ended' as const),
    ],
    () => {
      hearing.listen()
      return hearing.patience()
    },
  )
  if (answer === 'ready') return ok(undefined)
  if (answer === 'ended') {
    return err(startedBadly(run, 'reloading', 'it ended on the reload', 'look at its log, then start it again'))
  }
  const asked = hearing.patience() > 0 ? ' and the time that it asked for' : ''
  const what = hearing.isReloading() ? 'it has said RELOADING=1, but not' : 'it has said neither RELOADING=1 nor'
  return err(startedBadly(run, 'reloading', `${what} READY=1 within ${formatDuration(within)}${asked}`))
}

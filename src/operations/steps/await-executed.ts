import { formatDuration } from '../../base/duration.ts'
import { err, ok } from '../../base/result.ts'
import type { Run, StepOutcome } from '../run.ts'
import { waitFor } from '../wait.ts'
import { startedBadly } from './started-badly.ts'

/**
 * Until then it is a shell that waits for us: quiet, without the daemon's environment, and ended by our letting go of it.
 * A directory or a program on a file system that hangs may keep it there for ever.
 */
export async function awaitExecuted(run: Run): Promise<StepOutcome> {
  const { launched, subject } = run
  if (launched === undefined) return ok(undefined)
  const { gated } = launched
  const { timeout } = subject.definition.start
  const executed = await waitFor(run, 'its program', timeout, () => [gated.executed.then(() => true)])
  if (executed === true) return ok(undefined)
  const stage = gated.stage()
  const message = `its program was not executed within ${formatDuration(timeout)}`
  return err(startedBadly(run, stage === 'waiting' ? 'spawning' : stage, message))
}

import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import type { Condition } from '../decide/condition.ts'
import { planPause } from '../decide/plan/plan-pause.ts'
import type { Plan } from '../decide/plan/plan.ts'
import { observe } from './observe.ts'
import type { Host, Wish } from '../host/host.ts'
import type { Progress, Subject } from './run.ts'

/** What became of a pause or a resume. */
export interface PauseOutcome {
  readonly name: string
  readonly verb: 'pause' | 'resume'
  readonly result: 'done' | 'nothing' | 'failed'
  readonly failure: Failure | undefined
}

/**
 * Pausing: a watcher is to leave the daemon alone; it runs on, or stays down, as it is. Part of the wish, so that
 * every watcher heeds it, whenever it comes. A daemon that nobody ever started or stopped is wished to be as it is.
 */
export async function setPaused(
  host: Host,
  subject: Subject,
  verb: PauseOutcome['verb'],
  progress: Progress,
  lockWithin: Milliseconds,
  /** What a watcher wants of a daemon that nobody has ever started or stopped. */
  watched?: Wish['want'],
): Promise<PauseOutcome> {
  const { name } = subject.definition
  const asked = host.clock.monotonic()
  const lock = await host.locks.acquire(subject.key, `daemonctl ${verb} ${name}`, lockWithin, (holder) =>
    progress.waiting(`the lock held by ${holder}`, host.clock.monotonic() - asked, lockWithin),
  )
  if (!lock.ok) return { name, verb, result: 'failed', failure: lock.error }
  try {
    const { plan } = await previewPause(host, subject, verb, watched)
    const step = plan.kind === 'steps' ? plan.steps[0] : undefined
    if (step?.do !== 'wish') return { name, verb, result: 'nothing', failure: undefined }
    const written = host.wishes.write(subject.key, {
      version: 1,
      want: step.want,
      paused: verb === 'pause',
      at: host.clock.now(),
      by: host.history.actor(),
    })
    const outcome: PauseOutcome = written.ok
      ? { name, verb, result: 'done', failure: undefined }
      : { name, verb, result: 'failed', failure: written.error }
    host.history.append(subject.key, {
      version: 1,
      at: host.clock.now(),
      name,
      verb,
      result: outcome.result,
      pid: undefined,
      exit: undefined,
      outOfMemory: false,
      message: outcome.failure?.message ?? '',
      took: Math.round(host.clock.monotonic() - asked),
      by: host.history.actor(),
    })
    return outcome
  } finally {
    lock.value.release()
  }
}

/** What it would do, without a lock and without an effect: --dry-run. */
export async function previewPause(
  host: Host,
  subject: Subject,
  verb: PauseOutcome['verb'],
  watched?: Wish['want'],
): Promise<{ readonly condition: Condition; readonly plan: Plan }> {
  const { condition } = await observe(host, subject)
  const asItIs = condition.kind === 'running' ? 'up' : 'down'
  return { condition, plan: planPause(verb, host.wishes.read(subject.key), watched ?? asItIs) }
}

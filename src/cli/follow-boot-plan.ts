import type { Failure } from '../base/failure.ts'
import { planDisable, planEnable, planTakingBack, type BootPlace, type Enabled } from '../generate/boot/enabling.ts'
import type { BootStep } from '../generate/boot/step.ts'
import { isEnabled } from '../host/boot-enabled.ts'
import { performBootStep, type Change } from '../host/boot-performer.ts'

interface Work {
  readonly root: string
  readonly place: BootPlace
  readonly daemon: Enabled
}

interface Followed {
  /** The steps that have changed something. */
  readonly done: readonly BootStep[]
  readonly reason: Failure | undefined
}

/** Enables a daemon, or leaves everything as it was: files and links exactly, the rest by the tools that made it. */
export function followEnabling(work: Work): Followed {
  const { root, place, daemon } = work
  const wasEnabled = isEnabled(root, place, daemon)
  const done: BootStep[] = []
  const changes: Change[] = []
  let byTools = false
  for (const step of planEnable(place, daemon)) {
    byTools ||= step.do === 'run'
    const outcome = performBootStep(root, step)
    if (!outcome.ok) {
      const left = takeBack(work, changes, byTools ? planTakingBack(place, daemon, wasEnabled) : NO_TOOLS)
      return { done: [], reason: withDetails(outcome.error, left) }
    }
    if (outcome.value === undefined) continue
    done.push(step)
    changes.push(outcome.value)
  }
  return { done, reason: undefined }
}

const NO_TOOLS: ReturnType<typeof planTakingBack> = { before: [], after: [] }

/** In turn from the last change to the first. Gives what could not be taken back, a line each. */
function takeBack(
  { root }: Work,
  changes: readonly Change[],
  { before, after }: ReturnType<typeof planTakingBack>,
): readonly string[] {
  const left: string[] = []
  // A tool that fails here knows nothing of the daemon.
  for (const step of before) performBootStep(root, step)
  for (const change of changes.toReversed()) {
    try {
      change.takeBack()
    } catch (error) {
      left.push(`not taken back: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const step of after) performBootStep(root, step)
  return left
}

/** The files go whatever the tools say, who do not know what is not enabled; if it is enabled then, they have failed. */
export function followDisabling({ root, place, daemon }: Work): Followed {
  const done: BootStep[] = []
  let complaint: Failure | undefined
  for (const step of planDisable(place, daemon)) {
    const outcome = performBootStep(root, step)
    if (!outcome.ok && step.do !== 'run') return { done, reason: outcome.error }
    if (!outcome.ok) complaint ??= outcome.error
    else if (outcome.value !== undefined) done.push(step)
  }
  const failed = complaint !== undefined && isEnabled(root, place, daemon)
  return { done, reason: failed ? complaint : undefined }
}

const withDetails = (failure: Failure, more: readonly string[]): Failure =>
  more.length === 0 ? failure : { ...failure, details: [...(failure.details ?? []), ...more] }

import type { Json } from './json.ts'

/**
 * A failure is a value: a reason (why, for programs), a stage (where in the work), one sentence for people,
 * and the next step for whoever reads it. The exit status follows from the reason, in cli/exit-status.ts.
 */
export interface Failure {
  readonly reason: Reason
  readonly stage: Stage
  /** One sentence without a full stop at its end, that names the thing concerned. */
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
  /** Further lines, one fact each: survivors, the daemon's last words. Untrusted bytes are escaped where they are shown. */
  readonly details?: readonly string[]
}

/** Why something failed: the first column of docs/exit-statuses.md. */
export const REASONS = [
  'failed',
  'timeout',
  'busy',
  'survivors',
  'usage',
  'unsupported',
  'not-permitted',
  'not-installed',
  'not-configured',
  'not-running',
  'unknown-condition',
  'interrupted',
] as const
export type Reason = (typeof REASONS)[number]

/** Where in the work it failed, in the words of a progress line: "failed while STAGE". */
export const STAGES = [
  'reading the definition',
  'taking the lock',
  'judging the condition',
  'planning',
  'testing the configuration',
  'running the pre-start hook',
  'running the post-start hook',
  'running the pre-stop hook',
  'running the post-stop hook',
  'running the pre-reload hook',
  'running a hook',
  'running an action',
  'reading the figures',
  'preparing files',
  'writing the answer',
  'reading environment files',
  'spawning',
  'changing directory',
  'setting limits',
  'setting priority',
  'setting user',
  'executing',
  'launching',
  'awaiting the pidfile',
  'awaiting readiness',
  'settling',
  'writing the record',
  'recording the wish',
  'running the stop command',
  'signalling',
  'awaiting the end',
  'removing files',
  'reloading',
  'rolling back',
  'rotating the log',
  'reading the log',
  'capturing the output',
  'generating',
  'opening the control socket',
  'opening the metrics endpoint',
  'asking the watcher',
  'enabling',
  'disabling',
] as const
export type Stage = (typeof STAGES)[number]

export const failure = (
  reason: Reason,
  stage: Stage,
  message: string,
  more: { remedy?: string | undefined; details?: readonly string[] | undefined } = {},
): Failure => ({
  reason,
  stage,
  message,
  ...(more.remedy === undefined ? {} : { remedy: more.remedy }),
  ...(more.details === undefined || more.details.length === 0 ? {} : { details: more.details }),
})

/** As it is in all our JSON. docs/json.md */
export const failureJson = (failure: Failure | undefined): Json =>
  failure === undefined
    ? null
    : {
        reason: failure.reason,
        stage: failure.stage,
        message: failure.message,
        remedy: failure.remedy ?? null,
        details: failure.details ?? [],
      }

/** A failure that comes from elsewhere as JSON; undefined: it is none. */
export function failureIn(json: unknown): Failure | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const { reason, stage, message, remedy, details }: Readonly<Record<string, unknown>> = { ...json }
  const knownReason = REASONS.find((known) => known === reason)
  const knownStage = STAGES.find((known) => known === stage)
  if (knownReason === undefined || knownStage === undefined || typeof message !== 'string') return undefined
  const lines: readonly unknown[] = Array.isArray(details) ? details : []
  return failure(knownReason, knownStage, message, {
    remedy: typeof remedy === 'string' ? remedy : undefined,
    details: lines.filter((line) => typeof line === 'string'),
  })
}

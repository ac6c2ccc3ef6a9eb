import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Definition } from '../definition/definition.ts'
import type { Condition } from '../decide/condition.ts'
import type { Exit } from '../decide/exit.ts'
import type { Identity } from '../decide/identity.ts'
import type { Plan, Request } from '../decide/plan/plan.ts'
import { launchSteps } from '../decide/plan/plan-start.ts'
import { plan } from '../decide/plan/planner.ts'
import type { Host } from '../host/host.ts'
import { writeHistory } from './history.ts'
import { observe } from './observe.ts'
import { perform } from './perform.ts'
import { readAgain } from './read-again.ts'
import type { Progress, Run, StepOutcome, Subject } from './run.ts'
import { end, survivors } from './steps/end.ts'
import { forget } from './steps/forget.ts'
import { waitFor } from './wait.ts'

export interface ActOptions {
  /** How long to wait while another verb has the lock. */
  readonly lockWithin: Milliseconds
  /** If a start fails, start the last definition that did succeed. */
  readonly rollback: boolean
}

/** What became of one verb on one daemon. */
export interface Outcome {
  readonly name: string
  readonly verb: Request['verb']
  readonly result: 'done' | 'nothing' | 'failed'
  /** For `nothing`: why. */
  readonly why: string | undefined
  readonly failure: Failure | undefined
  /** The main PID afterwards; before, for a stop. */
  readonly pid: number | undefined
  /** The main process afterwards, if it runs. */
  readonly main: Identity | undefined
  /** How it ended, if this verb saw it end. */
  readonly exit: Exit | undefined
  readonly before: Condition | undefined
  readonly took: Milliseconds
  readonly lastSignal: string | undefined
  readonly rolledBack: boolean
}

/** What is told of the condition before a verb. Every condition is one. */
export type Before =
  | { readonly kind: 'running'; readonly main: { readonly pid: number } }
  | { readonly kind: 'stopped'; readonly lockFile: boolean; readonly leftovers: Leftover }
  | { readonly kind: 'stale' | 'foreign' | 'unknown'; readonly leftovers: Leftover }

interface Leftover {
  readonly processes: readonly { readonly pid: number }[]
}

/** An outcome as far as people and programs are told of it: also one that comes from a watcher. */
export interface ToldOutcome extends Omit<Outcome, 'before' | 'main' | 'exit'> {
  readonly before: Before | undefined
}

/** What was seen, and what is to be done about it, for --debug. */
function tellDecision(host: Host, { definition }: Subject, { verb }: Request, condition: Condition, plan: Plan): void {
  if (host.tell === undefined) return
  const steps = plan.kind === 'steps' ? plan.steps.map((step) => step.do).join(', ') : plan.kind
  host.tell('debug', `decision: ${verb} ${definition.name}: it is ${condition.kind}, so: ${steps}`)
}

/** A pidfile that a launcher's daemon is about to write is awaited so long when its start was killed. */
const UNFINISHED_WITHIN: Milliseconds = 1_000

/** What a verb would do, without a lock and without an effect: --dry-run. */
export async function preview(
  host: Host,
  subject: Subject,
  request: Request,
): Promise<{ readonly condition: Condition; readonly plan: Plan }> {
  const { condition } = await observe(host, subject)
  return { condition, plan: plan(request, condition, subject.definition) }
}

/** One verb on one daemon: under its lock, observe, plan, perform; then write down what was done and by whom. */
export async function act(
  host: Host,
  subject: Subject,
  request: Request,
  progress: Progress,
  options: ActOptions,
): Promise<Outcome> {
  const since = host.clock.monotonic()
  const { name } = subject.definition
  const base = {
    name,
    verb: request.verb,
    why: undefined,
    failure: undefined,
    pid: undefined,
    main: undefined,
    exit: undefined,
    before: undefined,
  }
  const rest = (): Pick<Outcome, 'took' | 'lastSignal' | 'rolledBack'> => ({
    took: host.clock.monotonic() - since,
    lastSignal: undefined,
    rolledBack: false,
  })
  host.signaller.prepare()
  const asked = host.clock.monotonic()
  const lock = await host.locks.acquire(
    subject.key,
    `daemonctl ${request.verb} ${name}`,
    options.lockWithin,
    (holder) => progress.waiting(`the lock held by ${holder}`, host.clock.monotonic() - asked, options.lockWithin),
  )
  if (!lock.ok) return { ...base, ...rest(), result: 'failed', failure: lock.error }
  try {
    await letUnfinishedStartShow(host, subject, progress)
    const { observation, condition } = await observe(host, subject)
    const planned = plan(underLock(host, subject, request), condition, subject.definition)
    tellDecision(host, subject, request, condition, planned)
    if (condition.kind === 'running') readAgain(host, subject, (text) => progress.warn(text))
    const run: Run = {
      host,
      subject,
      lock: lock.value,
      progress,
      judged: observation.pidfile,
      main: condition.kind === 'running' ? condition.main : undefined,
      record: observation.record.kind === 'read' ? observation.record.record : undefined,
      launched: undefined,
      exit: undefined,
      outOfMemory: false,
      gone: false,
      lastSignal: undefined,
    }
    const pidBefore = run.main?.pid
    const finish = (outcome: Partial<Outcome> & Pick<Outcome, 'result'>): Outcome => {
      const finished: Outcome = {
        ...base,
        ...rest(),
        before: condition,
        pid: run.main?.pid ?? pidBefore,
        main: run.main,
        exit: run.exit ?? run.launched?.exit,
        lastSignal: run.lastSignal,
        ...outcome,
      }
      writeHistory(run, finished)
      return finished
    }
    if (planned.kind === 'refused') return finish({ result: 'failed', failure: planned.failure })
    const performed = await performOrMend(run, planned.steps)
    run.launched?.gated.detach()
    if (performed.ok) {
      if (run.launched !== undefined) host.records.writeLastGood(subject.key, JSON.stringify(subject.definition))
      return finish(planned.kind === 'nothing' ? { result: 'nothing', why: planned.why } : { result: 'done' })
    }
    const rolledBack = options.rollback && wasLaunching(request, performed.error) && (await rollBack(run))
    return finish({ result: 'failed', failure: performed.error, rolledBack })
  } finally {
    lock.value.release()
  }
}

/** The watcher's wish to respawn gives way to the operator's, which may have changed until the lock was had. */
function underLock({ wishes }: Host, { key }: Subject, request: Request): Request {
  if (request.verb !== 'respawn') return request
  const wish = wishes.read(key)
  return { verb: 'respawn', want: wish?.want === 'down' || wish?.paused === true ? 'down' : 'up' }
}

/** A failed start leaves nothing behind: what was launched is ended, and what speaks of it removed. */
async function performOrMend(run: Run, steps: Extract<Plan, { kind: 'steps' }>['steps']): Promise<StepOutcome> {
  const performed = await perform(run, steps)
  if (performed.ok || run.launched === undefined) return performed
  run.main ??= run.launched.gated.identity
  const { schedule } = run.subject.definition.stop
  for (const { signal, wait } of schedule.steps) {
    await end(run, { do: 'end', signal, within: wait, reach: 'all' })
  }
  // What hangs in the kernel may yet become a daemon: the record tells the next start of it.
  if (!(await survivors(run, 'all')).ok) return performed
  await forget(run, {
    do: 'forget',
    pidfile: run.subject.definition.pidfile,
    lockFile: run.subject.definition.lockFile,
  })
  return performed
}

const wasLaunching = (request: Request, failure: Failure): boolean =>
  (request.verb === 'start' || request.verb === 'restart' || request.verb === 'condrestart') &&
  failure.reason !== 'survivors' &&
  failure.reason !== 'not-permitted'

/** Starts what ran before a definition was changed. True: that succeeded. */
async function rollBack(run: Run): Promise<boolean> {
  const { host, subject } = run
  const lastGood = readLastGood(host, subject)
  if (!lastGood.ok) {
    run.progress.warn(`there is no rollback: ${lastGood.error}`)
    return false
  }
  const again: Run = { ...run, subject: { ...subject, definition: lastGood.value }, launched: undefined }
  again.main = undefined
  again.record = undefined
  const started = await performOrMend(again, launchSteps(lastGood.value))
  again.launched?.gated.detach()
  run.main = again.main
  run.record = again.record
  if (!started.ok) run.progress.warn(`the rollback failed as well: ${started.error.message}`)
  return started.ok
}

function readLastGood(host: Host, subject: Subject): Result<Definition, string> {
  const text = host.records.readLastGood(subject.key)
  if (text === undefined) return err('no earlier start has succeeded')
  if (text === JSON.stringify(subject.definition))
    return err('the definition has not changed since the last good start')
  // Written by ourselves, from a Definition, into a directory that only its owner may write.
  const definition: Definition = JSON.parse(text)
  return ok(definition)
}

/**
 * If daemonctl was killed while a launcher was at work, the daemon may be about to write its pidfile. A moment's
 * patience tells it from a start that came to nothing.
 */
async function letUnfinishedStartShow(host: Host, subject: Subject, progress: Progress): Promise<void> {
  const reading = host.records.read(subject.key)
  if (reading.kind !== 'read' || reading.record.phase !== 'launching') return
  const left = reading.record.at + UNFINISHED_WITHIN - host.clock.now()
  if (left <= 0 || left > UNFINISHED_WITHIN || host.pidfiles.read(subject.definition.pidfile).kind !== 'absent') return
  await waitFor({ host, progress }, 'an unfinished start', left, (signal) => [
    host.pidfiles.changed(subject.definition.pidfile, signal),
  ])
}

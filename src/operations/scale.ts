import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import { ok, type Result } from '../base/result.ts'
import type { Condition } from '../decide/condition.ts'
import { planScale, type ScalePlan } from '../decide/plan/plan-scale.ts'
import type { Plan } from '../decide/plan/plan.ts'
import type { Host, Scale } from '../host/host.ts'
import { preview, type ToldOutcome } from './act.ts'
import { inParallel } from './in-parallel.ts'
import { observe } from './observe.ts'
import type { Progress, Subject } from './run.ts'

/** A definition that has instances. */
export interface Family {
  /** The name without an instance. */
  readonly name: string
  /** Its file, every symbolic link resolved. */
  readonly file: string
  /** How many it asks for itself. */
  readonly defined: number
  /** Whether the definition is right with so many: it names a port or a file by the number of the instance. */
  allows(instances: number): Promise<Result<void, Failure>>
  /** One of them, also one that nobody has asked for. */
  member(instance: number): Promise<Result<Subject, Failure>>
}

/** Who performs the verbs that it takes. */
export interface Hands {
  act(subject: Subject, verb: 'start' | 'stop'): Promise<ToldOutcome>
  /** The number is another one now. */
  numberChanged(): Promise<void>
}

export interface ScaleOptions {
  /** How many there are to be, or as many as the definition says. */
  readonly wanted: number | 'as-defined'
  /** How long to wait while the same definition is scaled by somebody else. */
  readonly lockWithin: Milliseconds
}

export interface ScaleOutcome {
  readonly plan: ScalePlan
  /** The number is in force; not so where something that was to be stopped has survived. */
  readonly numbered: boolean
  readonly outcomes: readonly ToldOutcome[]
}

/** What is planned, and what of it each daemon gets. */
export interface ScalePreview {
  readonly plan: ScalePlan
  readonly plans: readonly { readonly name: string; readonly condition: Condition; readonly plan: Plan }[]
}

const AT_ONCE = 16
/** No daemon's key looks like these: host/key.ts. */
const NUMBERS_KEY = '~scales'
const lockKey = (name: string): string => `~scale-${name}`

/** What it would do: --dry-run. */
export async function previewScale(
  host: Host,
  family: Family,
  wanted: ScaleOptions['wanted'],
): Promise<Result<ScalePreview, Failure>> {
  const plan = await planFor(host, family, wanted)
  if (!plan.ok) return plan
  const plans: ScalePreview['plans'][number][] = []
  for (const [verb, instances] of [['stop', plan.value.stop] as const, ['start', plan.value.start] as const]) {
    for (const instance of instances) {
      const subject = await family.member(instance)
      if (!subject.ok) return subject
      plans.push({ name: subject.value.definition.name, ...(await preview(host, subject.value, { verb })) })
    }
  }
  return ok({ plan: plan.value, plans })
}

/** Another number of instances, durably. Whatever it is killed at, the same once more completes it. */
export async function scale(
  host: Host,
  family: Family,
  { wanted, lockWithin }: ScaleOptions,
  hands: Hands,
  waiting: Progress['waiting'],
): Promise<Result<ScaleOutcome, Failure>> {
  const asked = host.clock.monotonic()
  const lock = await host.locks.acquire(lockKey(family.name), `daemonctl scale ${family.name}`, lockWithin, (holder) =>
    waiting(`the lock held by ${holder}`, host.clock.monotonic() - asked, lockWithin),
  )
  if (!lock.ok) return lock
  try {
    const plan = await planFor(host, family, wanted)
    if (!plan.ok) return plan
    const stopped = await perform(family, plan.value.stop, 'stop', hands)
    if (!stopped.ok) return stopped
    // As long as one of them lives, the number says so.
    if (stopped.value.some(failed)) return ok({ plan: plan.value, numbered: false, outcomes: stopped.value })
    const noted = await note(host, family, plan.value, lockWithin)
    if (!noted.ok) return noted
    if (plan.value.number !== 'leave') await hands.numberChanged()
    // Whoever was about to start one of them may have done so while the number was still the old one.
    const late = await perform(family, await strays(host, family, plan.value.to, plan.value.from), 'stop', hands)
    if (!late.ok) return late
    const started = await perform(family, plan.value.start, 'start', hands)
    if (!started.ok) return started
    return ok({ plan: plan.value, numbered: true, outcomes: [...stopped.value, ...late.value, ...started.value] })
  } finally {
    lock.value.release()
  }
}

async function planFor(
  host: Host,
  family: Family,
  wanted: ScaleOptions['wanted'],
): Promise<Result<ScalePlan, Failure>> {
  const kept = keptOf(host, family)
  const { defined } = family
  const from = kept?.instances ?? defined
  const beyond = await strays(host, family, from, Math.max(kept?.highest ?? 0, defined))
  const plan = planScale({ defined, kept: kept?.instances, strays: beyond }, wanted)
  const allowed = await family.allows(plan.to)
  return allowed.ok ? ok(plan) : allowed
}

const keptOf = (host: Host, { file, name }: Pick<Family, 'file' | 'name'>): Scale | undefined =>
  host.scales.read().find((scale) => scale.file === file && scale.name === name)

/** The instances above `from`, up to `to`, that run. */
async function strays(host: Host, family: Family, from: number, to: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let instance = to; instance > from; instance -= 1) {
    const subject = await family.member(instance)
    if (subject.ok && (await observe(host, subject.value)).condition.kind === 'running') found.push(instance)
  }
  return found
}

async function perform(
  family: Family,
  instances: readonly number[],
  verb: 'start' | 'stop',
  hands: Hands,
): Promise<Result<readonly ToldOutcome[], Failure>> {
  const subjects: Subject[] = []
  for (const instance of instances) {
    const subject = await family.member(instance)
    if (!subject.ok) return subject
    subjects.push(subject.value)
  }
  return ok(await inParallel(subjects, AT_ONCE, (subject) => hands.act(subject, verb)))
}

/** The numbers of all definitions are in one file: whoever changes one of them keeps the others as they are. */
async function note(
  host: Host,
  { name, file }: Family,
  { from, to, number }: ScalePlan,
  lockWithin: Milliseconds,
): Promise<Result<void, Failure>> {
  if (number === 'leave') return ok(undefined)
  const lock = await host.locks.acquire(NUMBERS_KEY, `daemonctl scale ${name}`, lockWithin, () => {})
  if (!lock.ok) return lock
  try {
    if (number === 'forget') return host.scales.forget({ file, name })
    const highest = Math.max(from, to, keptOf(host, { file, name })?.highest ?? 0)
    return host.scales.write({ file, name, instances: to, highest, at: host.clock.now(), by: host.history.actor() })
  } finally {
    lock.value.release()
  }
}

const failed = ({ result }: ToldOutcome): boolean => result === 'failed'

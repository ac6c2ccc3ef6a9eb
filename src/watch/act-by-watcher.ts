import { failure, failureIn, type Failure } from '../base/failure.ts'
import type { Json } from '../base/json.ts'
import type { Request } from '../decide/plan/plan.ts'
import { isCount, isObject, isText, isTime } from '../host/json-shape.ts'
import type { ActOptions, Before, ToldOutcome } from '../operations/act.ts'
import type { PauseOutcome } from '../operations/pause.ts'
import type { Progress, Subject } from '../operations/run.ts'
import type { ControlClient, Unanswered } from './control-client.ts'

/**
 * One verb on one daemon, by the watcher that watches this very daemon by this very definition. Undefined: there is
 * reason to do it ourselves, and the daemon's lock keeps two who act on it apart.
 */
export async function actByWatcher(
  client: Pick<ControlClient, 'call'>,
  subject: Subject,
  request: Request,
  progress: Progress,
  options: ActOptions,
): Promise<ToldOutcome | undefined> {
  const { definition, key } = subject
  // Only we have the environment that it is to inherit, and only we were told what its main process must be.
  if (definition.inheritEnvironment || subject.demanding) return undefined
  const params: Record<string, Json> = {
    name: definition.name,
    key,
    hash: subject.hash(),
    'lock-timeout-ms': options.lockWithin,
    ...(options.rollback ? { rollback: true } : {}),
    ...(request.verb === 'signal' ? { signal: request.signal } : {}),
  }
  const answer = await client.call(request.verb, params, { progress })
  if (answer.ok) return outcomeIn(answer.value, request.verb) ?? unfinished(subject, request, MUDDLED)
  if (isNotForIt(answer.error) || isRepeatable(request)) return undefined
  return unfinished(subject, request, complaint(answer.error))
}

/** Pause or resume by the watcher; undefined: to be done by ourselves. */
export async function pauseByWatcher(
  client: Pick<ControlClient, 'call'>,
  { definition: { name }, key }: Subject,
  verb: PauseOutcome['verb'],
): Promise<PauseOutcome | undefined> {
  const answer = await client.call(verb, { name, key })
  if (!answer.ok || !isObject(answer.value)) return undefined
  const { result } = answer.value
  return isResult(result)
    ? { name, verb, result, failure: result === 'failed' ? failureOf(answer.value['failure']) : undefined }
    : undefined
}

/** It did not even begin: the daemon is not watched by it, or it does not know the verb. */
const isNotForIt = (unanswered: Unanswered): boolean =>
  unanswered.kind === 'refused' && [NOT_WATCHED, OTHER_DEFINITION, NO_SUCH_METHOD, BAD_PARAMS].includes(unanswered.code)

/** The numbers of control-methods.ts and of JSON-RPC, without all that comes with them. */
const NOT_WATCHED = -32001
const OTHER_DEFINITION = -32002
const NO_SUCH_METHOD = -32601
const BAD_PARAMS = -32602

/** What is done already is not done again: whoever repeats a half-done start or stop, completes it. */
const isRepeatable = ({ verb }: Request): boolean => verb === 'start' || verb === 'stop'

const MUDDLED = 'the watcher gave an answer that is not to be understood'

function complaint(unanswered: Unanswered): string {
  switch (unanswered.kind) {
    case 'gone':
      return 'the watcher ended while it was at it'
    case 'silent':
      return 'the watcher does not answer any more'
    case 'refused':
      return `the watcher failed: ${unanswered.message}`
  }
}

const unfinished = ({ definition }: Subject, { verb }: Request, message: string): ToldOutcome => ({
  name: definition.name,
  verb,
  result: 'failed',
  why: undefined,
  failure: failure('failed', 'asking the watcher', message, { remedy: '"daemonctl status" says what is' }),
  pid: undefined,
  before: undefined,
  took: 0,
  lastSignal: undefined,
  rolledBack: false,
})

function outcomeIn(json: unknown, verb: Request['verb']): ToldOutcome | undefined {
  if (!isObject(json)) return undefined
  const { name, result, why, pid, 'took-ms': took, 'last-signal': lastSignal, 'rolled-back': rolledBack } = json
  if (!isText(name) || !isResult(result) || !isTime(took)) return undefined
  return {
    name,
    verb,
    result,
    why: isText(why) ? why : undefined,
    failure: result === 'failed' ? failureOf(json['failure']) : undefined,
    pid: isCount(pid) ? pid : undefined,
    before: beforeIn(json['before']),
    took,
    lastSignal: isText(lastSignal) ? lastSignal : undefined,
    rolledBack: rolledBack === true,
  }
}

/** Also where a newer watcher has other words for it. */
const failureOf = (json: unknown): Failure => failureIn(json) ?? failure('failed', 'asking the watcher', MUDDLED)

const isResult = (value: unknown): value is ToldOutcome['result'] =>
  value === 'done' || value === 'nothing' || value === 'failed'

function beforeIn(json: unknown): Before | undefined {
  if (!isObject(json)) return undefined
  const { condition, pid, leftovers, 'lock-file': lockFile } = json
  const processes = Array.isArray(leftovers) ? leftovers.filter(isCount).map((pid) => ({ pid })) : []
  switch (condition) {
    case 'running':
      return isCount(pid) ? { kind: 'running', main: { pid } } : undefined
    case 'stopped':
      return { kind: 'stopped', lockFile: lockFile === true, leftovers: { processes } }
    case 'stale':
    case 'foreign':
    case 'unknown':
      return { kind: condition, leftovers: { processes } }
    default:
      return undefined
  }
}

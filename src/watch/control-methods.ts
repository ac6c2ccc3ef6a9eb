import { JSONRPCErrorException, JSONRPCErrorCode } from 'json-rpc-2.0'
import * as v from 'valibot'
import { failureJson, type Failure } from '../base/failure.ts'
import type { Json } from '../base/json.ts'
import { parseSignal } from '../base/signals.ts'
import { nearest } from '../base/text.ts'
import type { Request } from '../decide/plan/plan.ts'
import type { Progress } from '../operations/run.ts'
import type { Asked, WatchControl, WatchReport } from './control.ts'
import { outcomeJson, pauseJson, reportJson } from './control-json.ts'

/** Of the protocol: another number where a client that keeps to the page would no longer be understood. */
export const CONTROL_VERSION = 1

/** JSON-RPC leaves -32099 to -32000 to the server. */
export const CONTROL_ERRORS = {
  notWatched: -32001,
  otherDefinition: -32002,
  failed: -32003,
  tooManyClients: -32004,
  lineTooLong: -32005,
} as const

/** Who is asked, for hello. */
export interface Server {
  readonly release: string
  readonly pid: number
}

/** One request, as a method sees it. */
export interface Call {
  readonly server: Server
  readonly control: WatchControl
  readonly asked: Asked
  readonly progress: Progress
  /** Events of these daemons (undefined: of all, and of the watcher) go to this client from now on. */
  subscribe(names: readonly string[] | undefined): void
  unsubscribe(): void
}

export interface Method {
  /** The names of its parameters, those that may be left out with a "?". */
  readonly params: readonly string[]
  readonly run: (params: unknown, call: Call) => Json | Promise<Json>
}

/** So long is another verb on the same daemon waited for, unless the request says otherwise. */
const LOCK_WITHIN = 60_000

const text = v.pipe(v.string(), v.minLength(1))
const daemon = { name: text }
/** What the client takes the daemon for: where that is not what is watched, nothing is done. */
const known = { key: v.exactOptional(text), hash: v.exactOptional(text) }
const acting = {
  ...daemon,
  ...known,
  'lock-timeout-ms': v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
}

/** Every method. docs/control-socket.md describes them, and a test compares the two. */
export const METHODS: Readonly<Record<string, Method>> = {
  hello: method({}, (_params, { server }) => ({
    version: CONTROL_VERSION,
    program: 'daemonctl',
    release: server.release,
    pid: server.pid,
    methods: Object.keys(METHODS),
  })),
  list: method({}, (_params, { control }) => ({ daemons: control.list().map(reportJson) })),
  status: method(daemon, ({ name }, call) => reportJson(watched(call, { name }))),
  start: startingVerb('start'),
  stop: verb('stop'),
  restart: startingVerb('restart'),
  condrestart: startingVerb('condrestart'),
  reload: verb('reload'),
  'force-reload': verb('force-reload'),
  signal: method({ ...acting, signal: v.union([text, v.number()]) }, ({ signal, ...params }, call) => {
    const parsed = parseSignal(signal)
    if (!parsed.ok) throw invalid(`signal: ${parsed.error}`)
    return act(call, { verb: 'signal', signal: parsed.value }, params)
  }),
  pause: method({ ...daemon, ...known }, async (params, call) => {
    const { name } = watched(call, params)
    return pauseJson(await call.control.pause(name, call.asked))
  }),
  resume: method({ ...daemon, ...known }, async (params, call) => {
    const { name } = watched(call, params)
    return pauseJson(await call.control.resume(name, call.asked))
  }),
  action: method(
    { ...daemon, ...known, action: text, args: v.exactOptional(v.array(v.string())) },
    async ({ action, args = [], ...params }, call) => {
      const { name } = watched(call, params)
      const output = await call.control.runAction(name, action, args, call.asked)
      if (!output.ok) throw failed(output.error)
      return { output: output.value }
    },
  ),
  subscribe: method({ names: v.exactOptional(v.pipe(v.array(text), v.minLength(1))) }, ({ names }, call) => {
    for (const name of names ?? []) if (!call.control.list().some(isOneOf([name]))) throw notWatched(name)
    call.subscribe(names)
    const daemons = names === undefined ? call.control.list() : call.control.list().filter(isOneOf(names))
    return { daemons: daemons.map(reportJson) }
  }),
  unsubscribe: method({}, (_params, call) => {
    call.unsubscribe()
    return {}
  }),
  'reload-definitions': method({}, async (_params, { control }) => {
    const difference = await control.reloadDefinitions()
    if (!difference.ok) throw failed(difference.error)
    const { added, removed, changed } = difference.value
    return { added, removed, changed }
  }),
  rescale: method({}, async (_params, { control }) => {
    const difference = await control.rescale()
    if (!difference.ok) throw failed(difference.error)
    const { added, removed, changed } = difference.value
    return { added, removed, changed }
  }),
  shutdown: method({ daemons: v.picklist(['leave', 'stop']) }, ({ daemons }, { control }) => {
    control.shutdown(daemons)
    return {}
  }),
}

/** `web` is `web` itself and all its instances. */
export const isOneOf =
  (names: readonly string[]) =>
  ({ name }: { readonly name: string }): boolean =>
    names.includes(name) || names.includes(name.replace(/@.*$/, ''))

function method<E extends v.ObjectEntries>(
  entries: E,
  run: (params: v.InferOutput<v.StrictObjectSchema<E, undefined>>, call: Call) => Json | Promise<Json>,
): Method {
  const schema = v.strictObject(entries)
  return {
    params: Object.entries(entries).map(([key, entry]) => (entry.type === 'exact_optional' ? `${key}?` : key)),
    run(params, call) {
      if (Array.isArray(params)) throw invalid('params must be an object')
      const parsed = v.safeParse(schema, params ?? {})
      if (!parsed.success) throw invalid(parsed.issues.map((issue) => problem(issue, Object.keys(entries))).join('; '))
      return run(parsed.output, call)
    },
  }
}

type PlainVerb = Exclude<Request['verb'], 'signal' | 'respawn' | 'end'>

function verb(name: PlainVerb): Method {
  return method(acting, (params, call) => act(call, { verb: name }, params))
}

function startingVerb(name: PlainVerb): Method {
  return method({ ...acting, rollback: v.exactOptional(v.boolean()) }, (params, call) =>
    act(call, { verb: name }, params),
  )
}

interface ActParams extends Known {
  readonly 'lock-timeout-ms'?: number
  readonly rollback?: boolean
}

async function act(call: Call, request: Request, params: ActParams): Promise<Json> {
  const { name } = watched(call, params)
  const options = {
    lockWithin: params['lock-timeout-ms'] ?? LOCK_WITHIN,
    rollback: params.rollback ?? false,
    ...call.asked,
  }
  return outcomeJson(await call.control.act(name, request, options, call.progress))
}

interface Known {
  readonly name: string
  readonly key?: string
  readonly hash?: string
}

/** The daemon of that name, if it is the one that the client means. */
function watched({ control }: Call, { name, key, hash }: Known): WatchReport {
  const report = control.find(name)
  if (report === undefined || (key !== undefined && key !== report.key)) throw notWatched(name)
  if (hash !== undefined && hash !== report.hash) {
    throw new JSONRPCErrorException(
      `${name} is watched by another definition: reload-definitions has it read again`,
      CONTROL_ERRORS.otherDefinition,
    )
  }
  return report
}

/** Of what somebody sent to us, no more than this goes back to him. */
const LONGEST_COMPLAINT = 500

const invalid = (why: string): JSONRPCErrorException =>
  new JSONRPCErrorException(why.slice(0, LONGEST_COMPLAINT), JSONRPCErrorCode.InvalidParams)

const notWatched = (name: string): JSONRPCErrorException =>
  new JSONRPCErrorException(
    `${JSON.stringify(name.slice(0, LONGEST_COMPLAINT))} is not watched`,
    CONTROL_ERRORS.notWatched,
  )

const failed = (failure: Failure): JSONRPCErrorException =>
  new JSONRPCErrorException(failure.message, CONTROL_ERRORS.failed, failureJson(failure))

/** "signal: missing", "nmae: there is no such parameter; did you mean name?" */
function problem(issue: v.BaseIssue<unknown>, keys: readonly string[]): string {
  const path = v.getDotPath(issue)
  if (path === null) return 'params must be an object'
  if (issue.type !== 'strict_object') return `${path}: expected ${issue.expected}, got ${issue.received}`
  if (issue.expected !== 'never') return `${path}: missing`
  const near = nearest(path, keys)
  return `${path}: there is no such parameter${near === undefined ? '' : `; did you mean ${near}?`}`
}

import {
  createJSONRPCErrorResponse,
  createJSONRPCNotification,
  isJSONRPCID,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  JSONRPCServer,
  type JSONRPCErrorResponse,
  type JSONRPCID,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0'
import type { Json } from '../base/json.ts'
import type { ControlConnection, ControlHandlers } from '../host/host.ts'
import { isObject } from '../host/json-shape.ts'
import type { Progress } from '../operations/run.ts'
import type { ControlEvent, WatchControl } from './control.ts'
import { CONTROL_ERRORS, isOneOf, METHODS, type Call, type Server } from './control-methods.ts'
import { eventJson } from './control-json.ts'

/** The bounds of one client, besides those of its connection (host/control-socket.ts). */
export const SESSION_LIMITS = {
  /** Requests at work; no more is read until one of them is answered. */
  atWork: 32,
  batch: 32,
  /** In bytes, of what it has not fetched. Above it, its requests wait and its events are left out. */
  queued: 256 * 1024,
  /** Events that come before its subscription is answered. */
  held: 100,
} as const

/** What a client is told that is one too many. */
export const TOO_MANY_CLIENTS = JSON.stringify(
  createJSONRPCErrorResponse(null, CONTROL_ERRORS.tooManyClients, 'too many clients are connected'),
)

/**
 * Speaks WatchControl as JSON-RPC 2.0 (jsonrpc.org/specification), a line for each message. Nonsense gets an error
 * and may be followed by sense; a client that does not listen loses events, with a count, and holds nobody up.
 */
export function serveControl(
  control: WatchControl,
  server: Server,
  warn: (text: string) => void,
): (connection: ControlConnection) => ControlHandlers {
  const rpc = new JSONRPCServer<Call>({ errorListener: () => {} })
  for (const [name, { run }] of Object.entries(METHODS)) rpc.addMethod(name, run)
  rpc.mapErrorToJSONRPCErrorResponse = (id, error: unknown) => {
    if (error instanceof JSONRPCErrorException) {
      return createJSONRPCErrorResponse(id, error.code, error.message, error.data)
    }
    const message = error instanceof Error ? error.message : String(error)
    warn(`this is a mistake in daemonctl: a request at the control socket failed: ${message}`)
    return createJSONRPCErrorResponse(id, JSONRPCErrorCode.InternalError, message)
  }
  return (connection) => new Session({ rpc, control, server, connection })
}

interface Surroundings {
  readonly rpc: JSONRPCServer<Call>
  readonly control: WatchControl
  readonly server: Server
  readonly connection: ControlConnection
}

/** One client. */
class Session implements ControlHandlers {
  readonly #rpc: JSONRPCServer<Call>
  readonly #control: WatchControl
  readonly #server: Server
  readonly #connection: ControlConnection
  #atWork = 0
  #waiting = false
  #hasEnded = false
  #subscription: Subscription | undefined

  constructor({ rpc, control, server, connection }: Surroundings) {
    this.#rpc = rpc
    this.#control = control
    this.#server = server
    this.#connection = connection
  }

  line(text: string): void {
    if (text.trim() === '') return
    this.#atWork += 1
    this.#waitIfFull()
    const begun: Subscription[] = []
    void this.#answer(text, begun).then((answer) => {
      this.#atWork -= 1
      if (answer !== undefined) this.#send(answer)
      for (const subscription of begun) subscription.begin()
      this.#goOn()
    })
  }

  tooLong(): void {
    this.#send(createJSONRPCErrorResponse(null, CONTROL_ERRORS.lineTooLong, 'the line is longer than 65536 bytes'))
  }

  drained(): void {
    this.#subscription?.tellDropped()
    this.#goOn()
  }

  ended(): void {
    this.#hasEnded = true
    this.#goOn()
  }

  idle(): void {
    if (this.#atWork === 0 && this.#subscription === undefined) this.#connection.close()
  }

  closed(): void {
    this.#unsubscribe()
  }

  async #answer(text: string, begun: Subscription[]): Promise<Answer | undefined> {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, 'this is not JSON')
    }
    if (!Array.isArray(message)) return this.#answerOne(message, begun)
    if (message.length === 0) return invalidRequest(null, 'an empty batch')
    if (message.length > SESSION_LIMITS.batch) {
      return invalidRequest(null, `a batch of more than ${SESSION_LIMITS.batch} requests`)
    }
    const answers = await Promise.all(message.map((one: unknown) => this.#answerOne(one, begun)))
    const given = answers.filter((answer) => answer !== undefined)
    return given.length === 0 ? undefined : given
  }

  async #answerOne(message: unknown, begun: Subscription[]): Promise<JSONRPCResponse | undefined> {
    const request = requestIn(message)
    if ('error' in request) return request
    return (await this.#rpc.receive(request, this.#callFor(request.id, begun))) ?? undefined
  }

  #callFor(id: JSONRPCID | undefined, begun: Subscription[]): Call {
    return {
      server: this.#server,
      control: this.#control,
      asked: { by: this.#connection.peer },
      progress: this.#progressOf(id),
      subscribe: (names) => {
        this.#unsubscribe()
        this.#subscription = new Subscription(this.#control, this.#connection, names)
        begun.push(this.#subscription)
      },
      unsubscribe: () => this.#unsubscribe(),
    }
  }

  /** Goes with its request; of what a client does not fetch in time, nothing is lost to it. */
  #progressOf(id: JSONRPCID | undefined): Progress {
    const tell = (params: Json): void => {
      if (id === undefined || id === null || isFull(this.#connection)) return
      this.#connection.send(JSON.stringify(createJSONRPCNotification('progress', params)))
    }
    return {
      waiting: (what, since, within) =>
        tell({
          request: id ?? null,
          kind: 'waiting',
          text: what,
          'since-ms': Math.round(since),
          'within-ms': Number.isFinite(within) ? Math.round(within) : null,
        }),
      warn: (text) => tell({ request: id ?? null, kind: 'warning', text }),
    }
  }

  #unsubscribe(): void {
    this.#subscription?.end()
    this.#subscription = undefined
  }

  #send(answer: Answer): void {
    this.#connection.send(JSON.stringify(answer))
    this.#waitIfFull()
  }

  #waitIfFull(): void {
    if (this.#waiting || !this.#isFull()) return
    this.#waiting = true
    this.#connection.pause()
  }

  #goOn(): void {
    if (this.#waiting && !this.#isFull()) {
      this.#waiting = false
      this.#connection.resume()
    }
    if (this.#hasEnded && this.#atWork === 0 && this.#subscription === undefined) this.#connection.close()
  }

  #isFull(): boolean {
    return this.#atWork >= SESSION_LIMITS.atWork || isFull(this.#connection)
  }
}

type Answer = JSONRPCResponse | readonly JSONRPCResponse[]

/** The events of one client. They begin with the answer to its request, so that it knows what they follow. */
class Subscription {
  readonly #connection: ControlConnection
  readonly #end: () => void
  #held: ControlEvent[] | undefined = []
  #dropped = 0

  constructor(control: WatchControl, connection: ControlConnection, names: readonly string[] | undefined) {
    this.#connection = connection
    const isMeant = names === undefined ? undefined : isOneOf(names)
    this.#end = control.subscribe((event) => {
      const { name } = event
      if (isMeant === undefined || (name !== undefined && isMeant({ name }))) this.#take(event)
    })
  }

  begin(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    for (const event of held) this.#take(event)
    this.tellDropped()
  }

  tellDropped(): void {
    if (this.#dropped === 0 || this.#held !== undefined || isFull(this.#connection)) return
    this.#notify('dropped', { count: this.#dropped })
    this.#dropped = 0
  }

  end(): void {
    this.#end()
    this.#held = undefined
    this.#dropped = 0
  }

  #take(event: ControlEvent): void {
    if (this.#held !== undefined && this.#held.length < SESSION_LIMITS.held) {
      this.#held.push(event)
    } else if (this.#held !== undefined || isFull(this.#connection)) {
      this.#dropped += 1
    } else {
      this.tellDropped()
      this.#notify('event', eventJson(event))
    }
  }

  #notify(method: string, params: Json): void {
    this.#connection.send(JSON.stringify(createJSONRPCNotification(method, params)))
  }
}

const isFull = (connection: ControlConnection): boolean => connection.queued() > SESSION_LIMITS.queued

/** A request as the specification wants it: the library is content with less. */
function requestIn(message: unknown): JSONRPCRequest | JSONRPCErrorResponse {
  if (!isObject(message)) return invalidRequest(null, 'a request is an object')
  const { jsonrpc, method, params, id } = message
  if (id !== undefined && !isJSONRPCID(id)) return invalidRequest(null, 'its id must be text, a number or null')
  if (jsonrpc !== '2.0') return invalidRequest(id, 'its jsonrpc must be "2.0"')
  if (typeof method !== 'string') return invalidRequest(id, 'its method must be text')
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return invalidRequest(id, 'its params must be an object')
  }
  return { jsonrpc, method, params, ...(id === undefined ? {} : { id }) }
}

const invalidRequest = (id: JSONRPCID | undefined, why: string): JSONRPCErrorResponse =>
  createJSONRPCErrorResponse(id ?? null, JSONRPCErrorCode.InvalidRequest, why)

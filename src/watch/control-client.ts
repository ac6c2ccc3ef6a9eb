import type { Milliseconds } from '../base/duration.ts'
import type { Json } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Clock, ControlConnection, ControlSocket } from '../host/host.ts'
import { isCount, isObject, isText, parseJson, type JsonObject } from '../host/json-shape.ts'
import type { Progress } from '../operations/run.ts'

/** Why a watcher gave no result. */
export type Unanswered =
  /** It has ended, or let us go. */
  | { readonly kind: 'gone' }
  /** It is there, and says nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string; readonly data: unknown }

/** A watcher that hangs must not hang whoever asks it: in this time it says hello, or we do without it. */
const HELLO_WITHIN: Milliseconds = 200
/** A verb may take as long as it takes, but all the while the watcher answers, and is asked this often whether it does. */
const ASK_EVERY: Milliseconds = 1_000
const ANSWERS_WITHIN: Milliseconds = 5_000

/** The version of the protocol that we speak. */
const VERSION = 1

export interface Calling {
  readonly progress?: Progress
  /** Give up on the answer itself after this long; otherwise only when the watcher answers nothing at all any more. */
  readonly within?: Milliseconds
}

/** A conversation with a watcher. */
export class ControlClient {
  /** The PID of the watcher. */
  readonly pid: number
  readonly #talk: Talk

  /** Undefined: there is no watcher, or none that we understand. */
  static async connect(
    socket: ControlSocket,
    clock: Clock,
    within: Milliseconds = HELLO_WITHIN,
  ): Promise<ControlClient | undefined> {
    const until = clock.monotonic() + within
    const talk = new Talk(clock)
    const connection = await socket.connect(within, talk)
    if (connection === undefined) return undefined
    talk.begin(connection)
    const hello = await talk.call('hello', {}, { within: Math.max(1, until - clock.monotonic()) })
    if (!hello.ok || !isObject(hello.value) || hello.value['version'] !== VERSION || !isCount(hello.value['pid'])) {
      connection.close()
      return undefined
    }
    return new ControlClient(talk, hello.value['pid'])
  }

  private constructor(talk: Talk, pid: number) {
    this.#talk = talk
    this.pid = pid
  }

  /** Always ends: with an answer, or when the watcher has gone or answers nothing any more. */
  call(method: string, params: JsonParams, calling: Calling = {}): Promise<Answer> {
    return this.#talk.call(method, params, calling)
  }

  /** Events from now on, as the watcher writes them, and how many of them were left out because we were slow. */
  async subscribe(
    names: readonly string[] | undefined,
    listener: { event(event: JsonObject): void; dropped(count: number): void },
  ): Promise<Answer> {
    this.#talk.listener = listener
    return this.call('subscribe', names === undefined ? {} : { names }, { within: ANSWERS_WITHIN })
  }

  /** Resolves when the watcher has ended or let us go. */
  ended(): Promise<void> {
    return this.#talk.gone
  }

  close(): void {
    this.#talk.close()
  }
}

type Answer = Result<unknown, Unanswered>
type JsonParams = { readonly [key: string]: Json }

/** What comes and goes on the connection. */
class Talk {
  listener: { event(event: JsonObject): void; dropped(count: number): void } | undefined
  readonly gone: Promise<void>
  readonly #clock: Clock
  readonly #awaited = new Map<number, { readonly progress: Progress | undefined; resolve(answer: Answer): void }>()
  #connection: ControlConnection | undefined
  #end: () => void = () => {}
  #lastId = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.gone = new Promise((resolve) => (this.#end = resolve))
  }

  begin(connection: ControlConnection): void {
    this.#connection = connection
  }

  close(): void {
    this.#connection?.close()
  }

  async call(method: string, params: JsonParams, { progress, within }: Calling): Promise<Answer> {
    const id = (this.#lastId += 1)
    const over = new AbortController()
    try {
      return await Promise.race([
        new Promise<Answer>((resolve) => {
          this.#awaited.set(id, { progress, resolve })
          this.#connection?.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
        }),
        this.gone.then(() => err({ kind: 'gone' } as const)),
        this.#silence(within, over.signal).then(() => err({ kind: 'silent' } as const)),
      ])
    } finally {
      over.abort()
      this.#awaited.delete(id)
    }
  }

  /** Resolves when the time is over; without a time, when the watcher does not even say hello any more. */
  async #silence(within: Milliseconds | undefined, signal: AbortSignal): Promise<void> {
    if (within !== undefined) return this.#clock.sleep(within, signal)
    while (!signal.aborted) {
      await this.#clock.sleep(ASK_EVERY, signal)
      if (signal.aborted) return
      const hello = await this.call('hello', {}, { within: ANSWERS_WITHIN })
      if (!hello.ok) return
    }
  }

  line(text: string): void {
    const message = parseJson(text)
    if (!isObject(message)) return
    const { id } = message
    if (typeof id === 'number') return this.#awaited.get(id)?.resolve(answerIn(message))
    const params = message['params']
    if (!isObject(params)) return
    switch (message['method']) {
      case 'event':
        return this.listener?.event(params)
      case 'dropped':
        return this.listener?.dropped(isCount(params['count']) ? params['count'] : 0)
      case 'progress':
        return this.#tell(params)
    }
  }

  #tell({ request, kind, text, 'since-ms': since, 'within-ms': within }: JsonObject): void {
    const progress = typeof request === 'number' ? this.#awaited.get(request)?.progress : undefined
    if (!isText(text)) return
    if (kind === 'warning') progress?.warn(text)
    if (kind === 'waiting' && isCount(since)) progress?.waiting(text, since, isCount(within) ? within : Infinity)
  }

  closed(): void {
    this.#end()
  }

  tooLong(): void {}
  drained(): void {}
  ended(): void {}
  idle(): void {}
}

function answerIn({ result, error }: JsonObject): Answer {
  if (!isObject(error)) return ok(result)
  const { code, message, data } = error
  return err({
    kind: 'refused',
    code: typeof code === 'number' ? code : 0,
    message: isText(message) ? message : '',
    data,
  })
}

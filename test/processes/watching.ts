import { readFileSync, renameSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { transcript, type Outcome, type Rig, type RunOptions } from './rig.ts'

/** One line of `watch --json`. */
export interface Line {
  readonly at: string
  readonly name: string | undefined
  readonly kind: string
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
}

/** One daemon as the control socket tells it. */
export interface Told {
  readonly name: string
  readonly phase: string
  readonly want: string
  readonly paused: boolean
  readonly pid: number | null
  readonly respawns: number
  readonly 'in-window': number
  readonly sentence: string
}

/** A watcher at work in the rig. */
export interface Watching {
  readonly pid: number
  /** Everything that it has said so far, and of one daemon. */
  lines(name?: string): readonly Line[]
  /** Waits until it has said so many lines of a kind about a daemon; gives the last of them. */
  hears(name: string | undefined, kind: string, count?: number): Promise<Line>
  /** Waits until a line of a daemon matches. */
  reads(name: string | undefined, message: RegExp): Promise<Line>
  count(name: string | undefined, kind: string): number
  /** Asks at its control socket; it answers when everything that it did before is told. */
  list(): Promise<readonly Told[]>
  /** The phase of each daemon, by name. */
  phases(): Promise<Readonly<Record<string, string>>>
  told(name: string): Promise<Told>
  /** Has it perform a verb, without a command line: much is done in little time. */
  perform(verb: 'start' | 'stop' | 'restart', name: string): Promise<void>
  /** Waits until the watcher has a daemon in a phase. */
  phase(name: string, phase: string): Promise<Told>
  /** Puts its control socket where only we look: whatever the command line does, it does itself. */
  hide(): void
  /** Signals it. */
  kill(signal: NodeJS.Signals): void
  /** Signals it, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<Outcome>
  readonly outcome: Promise<Outcome>
}

export interface WatchOptions extends RunOptions {
  /** Whether to wait until every daemon was looked at. */
  readonly ready?: boolean
}

const WITHIN = 20
const FOR_EVER = 50 * 60_000

/** Begins a watcher and waits until every daemon has been looked at. */
export async function watch(
  rig: Rig,
  words: readonly string[] = [],
  { ready = true, ...options }: WatchOptions = {},
): Promise<Watching> {
  const running = rig.begin(['watch', '--json', ...(ready ? ['--ready-fd', '3'] : []), ...words], {
    hangsAfter: FOR_EVER,
    ...(ready ? { descriptors: [3] } : {}),
    ...options,
  })
  const { child, outcome, said } = running
  let socket = rig.path('run', 'watch.sock')
  let over: Outcome | undefined
  outcome.then(
    (ended) => (over = ended),
    () => {},
  )
  const until = (what: string, isSo: () => boolean): Promise<void> =>
    rig.until(
      `the watcher ${what}`,
      () => {
        if (isSo()) return true
        if (over !== undefined) throw new Error(`the watcher has ended before it ${what}:\n${transcript(over)}`)
        return false
      },
      WITHIN,
    )
  const watching: Watching = {
    pid: child.pid ?? 0,
    lines: (name) => linesOf(said.stdout).filter((line) => name === undefined || line.name === name),
    count: (name, kind) => linesOf(said.stdout).filter((line) => line.name === name && line.kind === kind).length,
    async hears(name, kind, count = 1) {
      const such = (): readonly Line[] => linesOf(said.stdout).filter((one) => one.name === name && one.kind === kind)
      await until(`says "${kind}" of ${name} (${count})`, () => such().length >= count)
      const line = such()[count - 1]
      if (line === undefined) throw new Error('a line has gone')
      return line
    },
    async reads(name, message) {
      const such = (): Line | undefined =>
        linesOf(said.stdout).find((one) => one.name === name && message.test(one.message))
      await until(`says ${message} of ${name}`, () => such() !== undefined)
      const line = such()
      if (line === undefined) throw new Error('a line has gone')
      return line
    },
    list: async () => (await ask<Listed>(socket, 'list')).daemons,
    async perform(verb, name) {
      const done = await ask<{ readonly result: string }>(socket, verb, { name })
      if (done.result !== 'done') throw new Error(`${verb} ${name}: ${JSON.stringify(done)}`)
    },
    hide() {
      const hidden = rig.path('hidden.sock')
      renameSync(socket, hidden)
      socket = hidden
    },
    phases: async () => Object.fromEntries((await watching.list()).map(({ name, phase }) => [name, phase])),
    async told(name) {
      const told = (await watching.list()).find((one) => one.name === name)
      if (told === undefined) throw new Error(`the watcher knows no ${name}`)
      return told
    },
    async phase(name, phase) {
      const deadline = performance.now() + WITHIN * 1000
      for (;;) {
        const told = await watching.told(name)
        if (told.phase === phase) return told
        if (performance.now() > deadline) throw new Error(`${name} is not ${phase}: ${JSON.stringify(told)}`)
        await sleep(10)
      }
    },
    kill: (signal) => void child.kill(signal),
    end(signal = 'SIGTERM') {
      child.kill(signal)
      return outcome
    },
    outcome,
  }
  if (ready) await awaitReady(child.stdio[3] as Readable, outcome)
  return watching
}

/** Whole lines only: the last one may be on its way. */
function linesOf(text: string): readonly Line[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

function awaitReady(stream: Readable, outcome: Promise<Outcome>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('data', () => resolve())
    outcome.then((ended) => reject(new Error(`the watcher did not come up:\n${transcript(ended)}`)), reject)
  })
}

interface Listed {
  readonly daemons: readonly Told[]
}

/** One question at a control socket; an answer that is an error rejects. */
export async function ask<Result>(
  path: string,
  method: string,
  params: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<Result> {
  const socket = await connected(path)
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.once('close', () => reject(new Error(`${method}: the watcher has hung up`)))
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
      if (!answer.endsWith('\n')) return
      const { result, error } = JSON.parse(answer) as { readonly result?: Result; readonly error?: unknown }
      if (result === undefined) reject(new Error(`${method}: ${JSON.stringify(error)}`))
      else resolve(result)
      socket.destroy()
    })
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`)
  })
}

/** A watcher that has just begun opens its socket a little later. */
async function connected(path: string): Promise<Socket> {
  const deadline = performance.now() + WITHIN * 1000
  for (;;) {
    const socket = createConnection(path)
    const error = await new Promise<Error | undefined>((resolve) =>
      socket.once('connect', () => resolve(undefined)).once('error', resolve),
    )
    if (error === undefined) return socket
    if (performance.now() > deadline) throw error
    await sleep(10)
  }
}

/** How often the watcher has started a daemon, as it leaves it behind for the watcher after it. */
export function rememberedRespawns(rig: Rig, name: string): number {
  try {
    const text = readFileSync(rig.path('run', 'watch', `${name}.json`), 'utf8')
    return (JSON.parse(text) as { readonly tally: { readonly respawns: number } }).tally.respawns
  } catch {
    return 0
  }
}

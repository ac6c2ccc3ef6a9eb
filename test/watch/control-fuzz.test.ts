import { expect, it } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import { draw } from '../../src/decide/watch/chance.ts'
import { ControlClient } from '../../src/watch/control-client.ts'
import { METHODS } from '../../src/watch/control-methods.ts'
import { SESSION_LIMITS } from '../../src/watch/control-server.ts'
import { eventOf } from './fake-control.ts'
import { rawClient, watcherAtSocket } from './real-socket.ts'

const SEED = 20_261_121
const LINES = 1_000

/** A source of choices that is the same in every run. */
function choices(seed: number) {
  let state = seed
  const below = (limit: number): number => {
    const { chance, seed: next } = draw(state)
    state = next
    return Math.floor(chance * limit)
  }
  const one = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0]
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)))
  return { below, one, bytes }
}

type Choices = ReturnType<typeof choices>

/** Any value of JSON, also what only looks like one of ours. */
function anything({ below, one, bytes }: Choices, depth = 0): unknown {
  const simple = [
    null,
    true,
    -1,
    1e308,
    '',
    'db',
    '__proto__',
    bytes(8).toString('latin1'),
    'x'.repeat(below(5_000)),
  ] as const
  if (depth > 3 || below(2) === 0) return one([...simple])
  const inner = (): unknown => anything({ below, one, bytes }, depth + 1)
  if (below(2) === 0) return Array.from({ length: below(4) }, inner)
  const keys = [
    'jsonrpc',
    'id',
    'method',
    'params',
    'name',
    'signal',
    'names',
    '__proto__',
    'constructor',
    'x',
  ] as const
  return Object.fromEntries(Array.from({ length: below(5) }, () => [one([...keys]), inner()]))
}

/** Bytes that somebody may send: without a newline, but for those that garbage has. */
function frame(from: Choices): Buffer {
  const { below, one, bytes } = from
  const method = one(['nope', ...Object.keys(METHODS)])
  const request = { jsonrpc: '2.0', id: one<unknown>([1, 'x', null, {}, 1.5]), method, params: anything(from) }
  const text = JSON.stringify(request)
  switch (below(9)) {
    case 0:
      return bytes(below(300))
    case 1:
      return Buffer.from(text.slice(0, below(text.length)))
    case 2:
      return Buffer.from(JSON.stringify(anything(from)))
    case 3:
      return Buffer.from(JSON.stringify(Array.from({ length: below(SESSION_LIMITS.batch + 5) }, () => anything(from))))
    case 4:
      return Buffer.from(one(['[', '{"a":', '"']).repeat(below(12_000)))
    case 5:
      return Buffer.alloc(60_000 + below(200_000), below(256))
    case 6: {
      const spoilt = Buffer.from(text)
      spoilt[below(spoilt.length)] = below(256)
      return spoilt
    }
    default:
      return Buffer.from(text)
  }
}

it(
  `withstands ${LINES} frames of nonsense: each client may go on, others notice nothing`,
  { timeout: 60_000 },
  async () => {
    const { control, socket, warnings } = await watcherAtSocket()
    const bystander = await rawClient(socket)
    bystander.raw.write('{"jsonrpc":"2.0","id":"events","method":"subscribe"}\n')
    await bystander.until((received) => received.includes('"id":"events"'))
    const from = choices(SEED)
    for (let round = 0; round < LINES / 50; round += 1) {
      const { raw, until, over } = await rawClient(socket)
      for (let count = 0; count < 50; count += 1) {
        raw.write(frame(from))
        raw.write('\n')
      }
      // Whatever came before, sense is understood.
      const last = `after ${round}`
      raw.write(`${JSON.stringify({ jsonrpc: '2.0', id: last, method: 'hello' })}\n`)
      const received = await until((text) => text.includes(`"id":"${last}"`) && text.endsWith('\n'))
      for (const line of received.trim().split('\n')) {
        for (const message of [JSON.parse(line)].flat()) expect(message).toMatchObject({ jsonrpc: '2.0' })
      }
      // Half a line, and away.
      raw.end('{"jsonrpc":"2.0","id":1,"method":"stop","params":{"name":"db"}}')
      raw.destroy()
      await over
    }
    control.tell(eventOf('db', 'the last event'))
    const heard = await bystander.until((received) => received.includes('the last event'))
    expect(heard).not.toContain('"dropped"')
    expect(warnings).toEqual([])
    // Nothing was done to a daemon that was not named by a request that was right in all its parts.
    for (const asked of control.asked)
      expect(JSON.stringify(asked)).toMatch(/"(db|web@1|web@2)"|shutdown|reload-definitions|rescale/)
  },
)

it('a client that never reads loses events, not memory, and holds nobody up', async () => {
  const ROUNDS = 50
  const IN_ROUND = 100
  const { control, socket } = await watcherAtSocket()
  const deaf = await rawClient(socket)
  deaf.raw.write('{"jsonrpc":"2.0","id":"deaf","method":"subscribe"}\n')
  await deaf.until((received) => received.includes('"id":"deaf"'))
  deaf.raw.pause()
  const listener = await ControlClient.connect(socket, systemClock, 10_000)
  let heard = 0
  let heardAll: () => void = () => {}
  await listener?.subscribe(undefined, {
    event: () => {
      heard += 1
      if (heard % IN_ROUND === 0) heardAll()
    },
    dropped: (count) => expect.fail(`${count} events were left out for one who listens`),
  })
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = new Promise<void>((resolve) => (heardAll = resolve))
    for (let count = 0; count < IN_ROUND; count += 1) control.tell(eventOf('db', 'x'.repeat(1_000)))
    await all
  }
  listener?.close()
  deaf.raw.resume()
  const received = await deaf.until((text) => text.includes('"dropped"') && text.endsWith('\n'))
  const fetched = received.split('\n').filter((line) => line.includes('"method":"event"')).length
  const dropped = Number(/"dropped","params":\{"count":(\d+)/.exec(received)?.[1])
  expect(fetched + dropped).toBe(ROUNDS * IN_ROUND)
  // What was kept for it: our bound, and what the kernel and the two ends of the socket hold.
  expect(fetched * 1_000).toBeLessThan(4 * SESSION_LIMITS.queued)
})

import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/host/clock.ts'
import { controlSocket } from '../../src/host/control-socket.ts'
import type { Clock, ControlSocket } from '../../src/host/host.ts'
import { ControlClient } from '../../src/watch/control-client.ts'
import { scratch, uid } from '../host/scratch.ts'
import { eventOf, outcomeOf } from './fake-control.ts'
import { watcherAtSocket } from './real-socket.ts'

/** Both ends are in one process, which may have had to wait for its turn: time enough. */
async function connected(socket: ControlSocket, clock: Clock): Promise<ControlClient> {
  const client = await ControlClient.connect(socket, clock, PATIENCE)
  if (client === undefined) throw new Error('no watcher')
  onTestFinished(() => client.close())
  return client
}

const PATIENCE = 10_000

/** Something that listens where a watcher would, and is none. */
async function impostor(serve: (socket: Socket) => void) {
  const socket = controlSocket({ runtimeDirectory: scratch(), uid, users: { name: () => undefined } })
  const sockets: Socket[] = []
  const server = createServer((one) => {
    sockets.push(one)
    one.on('error', () => {})
    serve(one)
  })
  await new Promise<void>((resolve) => server.listen(socket.path, resolve))
  onTestFinished(() => {
    for (const one of sockets) one.destroy()
    server.close()
  })
  return socket
}

/** Hours pass at once; the rest is real. */
const hasty: Clock = {
  ...systemClock,
  sleep: (span, signal) => systemClock.sleep(span >= 1_000 && span <= 5_000 ? 1 : span, signal),
}

const hello = (id: number): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, result: { version: 1, pid: 7, release: '9' } })}\n`

describe('a client and a watcher', () => {
  it('find each other, ask and answer', async () => {
    const { socket, control } = await watcherAtSocket()
    const client = await connected(socket, systemClock)
    expect(client.pid).toBe(process.pid)
    const [stopped, refused] = await Promise.all([
      client.call('stop', { name: 'db' }),
      client.call('stop', { name: 'nobody' }),
    ])
    expect(stopped).toMatchObject({ ok: true, value: { name: 'db', result: 'done' } })
    expect(refused).toMatchObject({ ok: false, error: { kind: 'refused', code: -32001 } })
    expect(control.asked).toHaveLength(1)
  })

  it('tell of progress, each of its own request', async () => {
    const { socket, control } = await watcherAtSocket()
    control.work = async (name, { verb }, _options, progress) => {
      progress.waiting(`${verb} of ${name}`, 1000, 5000)
      progress.waiting('for ever', 1000, Infinity)
      progress.warn(`${name} is odd`)
      return outcomeOf(name, verb)
    }
    const client = await connected(socket, systemClock)
    const call = async (name: string) => {
      const told: unknown[] = []
      await client.call(
        'stop',
        { name },
        { progress: { waiting: (...what) => void told.push(what), warn: (text) => void told.push(text) } },
      )
      return told
    }
    expect(await Promise.all([call('db'), call('web@1')])).toEqual(
      ['db', 'web@1'].map((name) => [[`stop of ${name}`, 1000, 5000], ['for ever', 1000, Infinity], `${name} is odd`]),
    )
  })

  it('share events until one of them ends', async () => {
    const { socket, control, close } = await watcherAtSocket()
    const client = await connected(socket, systemClock)
    const heard: unknown[] = []
    const dropped: number[] = []
    const listener = {
      event: (event: unknown) => void heard.push(event),
      dropped: (count: number) => void dropped.push(count),
    }
    expect(await client.subscribe(['db'], listener)).toMatchObject({ ok: true, value: { daemons: [{ name: 'db' }] } })
    control.tell(eventOf('web@1', 'not for us'))
    control.tell(eventOf('db', 'for us'))
    await close()
    await client.ended()
    expect(heard).toMatchObject([{ daemon: 'db', message: 'for us' }])
    expect(dropped).toEqual([])
    expect(control.listeners.size).toBe(0)
  })
})

describe('where no watcher answers', () => {
  it('there is no client: nothing is there', async () => {
    const socket = controlSocket({ runtimeDirectory: scratch(), uid, users: { name: () => undefined } })
    expect(await ControlClient.connect(socket, systemClock)).toBeUndefined()
  })

  it.each<[string, (socket: Socket) => void]>([
    ['it says nothing', () => {}],
    ['it hangs up', (socket) => socket.end()],
    ['it hangs up in the middle', (socket) => socket.once('data', () => socket.end('{"jsonrpc":'))],
    ['it talks nonsense', (socket) => socket.once('data', () => socket.write('220 welcome\n[]\n7\n{"id":"x"}\n'))],
    [
      'it speaks another version',
      (socket) => socket.once('data', () => socket.write(hello(1).replace('"version":1', '"version":2'))),
    ],
    [
      'it refuses',
      (socket) =>
        socket.once('data', () => socket.write('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}\n')),
    ],
  ])('there is no client: %s', async (_what, serve) => {
    const since = systemClock.monotonic()
    expect(await ControlClient.connect(await impostor(serve), systemClock)).toBeUndefined()
    // 200 ms, on a machine with other things to do.
    expect(systemClock.monotonic() - since).toBeLessThan(5_000)
  })
})

describe('a watcher that ends or hangs while it is asked', () => {
  it('has gone', async () => {
    const socket = await impostor((one) => {
      one.once('data', () => {
        one.write(hello(1))
        one.once('data', () => one.destroy())
      })
    })
    const client = await connected(socket, systemClock)
    expect(await client.call('stop', { name: 'db' })).toEqual({ ok: false, error: { kind: 'gone' } })
    expect(await client.call('stop', { name: 'db' })).toEqual({ ok: false, error: { kind: 'gone' } })
  })

  it('is silent, if it does not even say hello any more', async () => {
    const socket = await impostor((one) => one.once('data', () => one.write(hello(1))))
    const client = await connected(socket, hasty)
    expect(await client.call('stop', { name: 'db' })).toEqual({ ok: false, error: { kind: 'silent' } })
  })

  it('is awaited for as long as it says hello', async () => {
    let hellos = 0
    const socket = await impostor((one) =>
      one.on('data', (bytes) => {
        for (const line of bytes.toString().trim().split('\n')) {
          const { id, method } = JSON.parse(line)
          if (method !== 'hello') continue
          hellos += 1
          one.write(hello(id))
          if (hellos === 20) one.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, result: 'at last' })}\n`)
        }
      }),
    )
    // The answers come by the real clock: only the pauses between the questions are cut short.
    const client = await connected(socket, {
      ...systemClock,
      sleep: (span, signal) => systemClock.sleep(span === 1_000 ? 1 : span, signal),
    })
    expect(await client.call('stop', { name: 'db' })).toEqual({ ok: true, value: 'at last' })
  })
})

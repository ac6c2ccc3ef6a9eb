import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ControlConnection, ControlHandlers, HeldLock } from '../../src/host/host.ts'
import { isWatcherThere } from '../../src/host/control-place.ts'
import { controlSocket, CONTROL_LIMITS } from '../../src/host/control-socket.ts'
import { loadNative } from '../../src/host/native.ts'
import { isRoot, rootOnly, scratch, STRANGER, uid, withUmask } from './scratch.ts'

const lock: HeldLock = { fd: -1, release: () => {} }
const users = { name: (id: number) => `user ${id}` }
const TOO_MANY = 'too many'
const PROMPTLY = 5_000

const nothing: ControlHandlers = {
  line: () => {},
  tooLong: () => {},
  drained: () => {},
  ended: () => {},
  idle: () => {},
  closed: () => {},
}

/** Says every line again. */
const echo = (connection: ControlConnection): ControlHandlers => ({
  ...nothing,
  line: (line) => connection.send(`you said ${line}`),
  tooLong: () => connection.send('you said too much'),
  ended: () => connection.close(),
  idle: () => connection.close(),
})

function place(directory = scratch(), limits?: { clients: number; idleAfter: number }) {
  return controlSocket({ runtimeDirectory: directory, uid, users, ...(limits === undefined ? {} : { limits }) })
}

async function open(socket: ReturnType<typeof place>, options: { gid?: number; serve?: typeof echo } = {}) {
  const opened = await socket.listen({
    lock,
    gid: options.gid,
    serve: options.serve ?? echo,
    tooManyClients: TOO_MANY,
  })
  if (!opened.ok) throw new Error(opened.error.message)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= opened.value.close())
  onTestFinished(close)
  return { close }
}

/** A client that collects what it hears. */
async function client(socket: ReturnType<typeof place>) {
  const heard: string[] = []
  let wake: () => void = () => {}
  let over = false
  const connection = await socket.connect(PROMPTLY, {
    ...nothing,
    line: (line) => {
      heard.push(line)
      wake()
    },
    closed: () => {
      over = true
      wake()
    },
  })
  if (connection === undefined) throw new Error('nobody answers')
  onTestFinished(() => connection.close())
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve))
  }
  return {
    say: (line: string) => connection.send(line),
    hear: async (count: number) => {
      await until(() => heard.length >= count)
      return heard
    },
    end: () => until(() => over),
  }
}

/** A socket that nobody answers at any more. */
function deadSocket(path: string): void {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(lstatSync(path).isSocket()).toBe(true)
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777

describe('the place', () => {
  it('is private, whatever the umask', async () => {
    for (const umask of [0, 0o022, 0o777]) {
      const socket = place()
      await withUmask(umask, () => open(socket))
      expect(modeOf(socket.path)).toBe(0o600)
      expect(process.umask()).not.toBe(0o177)
    }
  })

  it.runIf(isRoot)(rootOnly('is shared with a group if that is wanted'), async () => {
    const socket = place()
    await open(socket, { gid: STRANGER })
    expect(modeOf(socket.path)).toBe(0o660)
    expect(lstatSync(socket.path)).toMatchObject({ uid: 0, gid: STRANGER })
  })

  it('is taken over from a dead watcher', async () => {
    const socket = place()
    deadSocket(socket.path)
    deadSocket(`${socket.path}.new`)
    await open(socket)
    const { say, hear } = await client(socket)
    say('hello')
    expect(await hear(1)).toEqual(['you said hello'])
  })

  it('is not taken from a watcher that answers', async () => {
    const socket = place()
    await open(socket)
    expect(await socket.listen({ lock, gid: undefined, serve: echo, tooManyClients: '' })).toMatchObject({
      error: { reason: 'busy', message: `another watcher is at ${socket.path}` },
    })
    const { say, hear } = await client(socket)
    say('still here?')
    expect(await hear(1)).toEqual(['you said still here?'])
  })

  it.each<[string, (path: string) => void]>([
    ['a file', (path) => writeFileSync(path, '')],
    ['a directory', (path) => mkdirSync(path)],
    ['a link to nothing', (path) => symlinkSync('/nowhere', path)],
    [
      'a link to a socket',
      (path) => {
        deadSocket(`${path}.elsewhere`)
        symlinkSync(`${path}.elsewhere`, path)
      },
    ],
  ])('is neither taken nor believed if %s is there', async (_what, make) => {
    for (const suffix of ['', '.new']) {
      const socket = place()
      make(`${socket.path}${suffix}`)
      const before = lstatSync(`${socket.path}${suffix}`)
      expect(await socket.listen({ lock, gid: undefined, serve: echo, tooManyClients: '' })).toMatchObject({
        error: { reason: 'not-permitted', remedy: expect.stringContaining('remove') },
      })
      expect(lstatSync(`${socket.path}${suffix}`).ino).toBe(before.ino)
      expect(isWatcherThere(dirname(socket.path), uid)).toBe(false)
      expect(await socket.connect(PROMPTLY, nothing)).toBeUndefined()
    }
  })

  it.runIf(isRoot)(rootOnly('is neither taken nor believed if the socket is of somebody else'), async () => {
    const socket = place()
    await open(socket)
    chownSync(socket.path, STRANGER, STRANGER)
    expect(isWatcherThere(dirname(socket.path), uid)).toBe(false)
    expect(await socket.connect(PROMPTLY, nothing)).toBeUndefined()
    expect(await socket.listen({ lock, gid: undefined, serve: echo, tooManyClients: '' })).toMatchObject({
      error: { reason: 'not-permitted', message: `${socket.path} belongs to uid ${STRANGER}` },
    })
  })

  it('is not taken where others may put files', async () => {
    const directory = scratch()
    chmodSync(directory, 0o777)
    const opened = await place(directory).listen({ lock, gid: undefined, serve: echo, tooManyClients: '' })
    expect(opened).toMatchObject({ error: { reason: 'not-permitted', remedy: expect.stringContaining('chmod go-w') } })
  })

  it('fails with a remedy where its path is too long', async () => {
    const directory = join(scratch(), 'x'.repeat(100))
    mkdirSync(directory)
    const opened = await place(directory).listen({ lock, gid: undefined, serve: echo, tooManyClients: '' })
    expect(opened).toMatchObject({ error: { remedy: expect.stringContaining('shorter') } })
  })

  it('is left as it was found: free, but for what another has put there', async () => {
    const socket = place()
    await (await open(socket)).close()
    expect(existsSync(socket.path)).toBe(false)
    const again = await open(socket)
    spawnSync('mv', [socket.path, `${socket.path}.moved`])
    writeFileSync(socket.path, '')
    await again.close()
    expect(lstatSync(socket.path).isFile()).toBe(true)
  })

  it('has nobody there, to whom no watcher runs or none that lives', async () => {
    const socket = place()
    expect(isWatcherThere(dirname(socket.path), uid)).toBe(false)
    expect(await socket.connect(PROMPTLY, nothing)).toBeUndefined()
    deadSocket(socket.path)
    expect(isWatcherThere(dirname(socket.path), uid)).toBe(true)
    expect(await socket.connect(PROMPTLY, nothing)).toBeUndefined()
  })
})

describe('a connection', () => {
  it.runIf(loadNative() !== undefined)('tells who is at the other end', async () => {
    let peer: ControlConnection['peer']
    const socket = place()
    await open(socket, {
      serve: (connection) => {
        ;({ peer } = connection)
        return echo(connection)
      },
    })
    const { say, hear } = await client(socket)
    say('it is me')
    await hear(1)
    expect(peer).toMatchObject({ uid, parent: expect.stringContaining(`(${process.ppid})`) })
  })

  it('leaves out a line that is too long, and goes on', async () => {
    const socket = place()
    await open(socket)
    const { say, hear } = await client(socket)
    say('x'.repeat(CONTROL_LIMITS.requestLine))
    say('x'.repeat(CONTROL_LIMITS.requestLine + 1))
    say('x'.repeat(4 * CONTROL_LIMITS.requestLine))
    say('after it')
    const heard = await hear(4)
    expect(heard.map((line) => line.length)).toEqual([CONTROL_LIMITS.requestLine + 9, 17, 17, 17])
    expect(heard.slice(1)).toEqual(['you said too much', 'you said too much', 'you said after it'])
  })

  it('brings no line while it is paused', async () => {
    let served: ControlConnection | undefined
    const got: string[] = []
    let tell: () => void = () => {}
    const socket = place()
    await open(socket, {
      serve: (connection) => {
        served = connection
        return {
          ...nothing,
          line: (line) => {
            got.push(line)
            connection.pause()
            tell()
          },
        }
      },
    })
    const { say } = await client(socket)
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      const next = new Promise<void>((resolve) => (tell = resolve))
      if (expected.length === 1) for (const line of ['a', 'b', 'c']) say(line)
      else served?.resume()
      await next
      expect(got).toEqual(expected)
    }
  })

  it('answers whoever has said all that he had to say', async () => {
    const socket = place()
    await open(socket)
    const raw = connect({ path: socket.path, allowHalfOpen: true })
    raw.end('one\ntwo\nhalf a li')
    expect(await text(raw)).toBe('you said one\nyou said two\n')
  })

  it('ends when nothing is said', async () => {
    const socket = place(undefined, { clients: 1, idleAfter: 30 })
    await open(socket)
    await (await client(socket)).end()
  })

  it('that is one too many is told so, and the others go on', async () => {
    const socket = place(undefined, { clients: 2, idleAfter: 60_000 })
    await open(socket)
    const first = await client(socket)
    const second = await client(socket)
    for (const one of [first, second]) {
      one.say('hello')
      await one.hear(1)
    }
    const third = await client(socket)
    expect(await third.hear(1)).toEqual([TOO_MANY])
    await third.end()
    first.say('still there?')
    expect((await first.hear(2))[1]).toBe('you said still there?')
  })

  it('ends with the listener, and takes the last words along', async () => {
    const socket = place()
    let served: ControlConnection | undefined
    const { close } = await open(socket, {
      serve: (connection) => {
        served = connection
        return echo(connection)
      },
    })
    const one = await client(socket)
    one.say('hello')
    await one.hear(1)
    served?.send('x'.repeat(1_000_000))
    await close()
    expect((await one.hear(2))[1]).toHaveLength(1_000_000)
    await one.end()
  })
})

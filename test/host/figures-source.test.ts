import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readFigures } from '../../src/host/figures-source.ts'
import { scratch } from './scratch.ts'

const SOON = 10_000

/** A server that does this with each connection; gives its socket. */
async function serving(manner: (socket: Socket) => void): Promise<string> {
  const path = join(scratch(), 'socket')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    manner(socket)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return path
}

async function httpServing(listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address() as AddressInfo
  return `http://127.0.0.1:${address.port}/m`
}

describe('a socket', () => {
  test('is read to its end', async () => {
    const path = await serving((socket) => socket.end('requests 12\n'))
    expect(await readFigures({ kind: 'unix', path }, SOON)).toEqual({ ok: true, value: 'requests 12\n' })
  })

  test('that hangs is given up in time', async () => {
    const path = await serving((socket) => socket.write('requests 12\n'))
    expect(await readFigures({ kind: 'unix', path }, 100)).toEqual({
      ok: false,
      error: 'it does not come to an end in time',
    })
  })

  test('that never stops writing is given up at a bound', async () => {
    const path = await serving((socket) => {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      }
      socket.on('drain', more)
      more()
    })
    expect(await readFigures({ kind: 'unix', path }, SOON)).toEqual({ ok: false, error: 'it writes more than 1 MiB' })
  })

  test('that nobody listens at is an error', async () => {
    const read = await readFigures({ kind: 'unix', path: join(scratch(), 'none') }, SOON)
    expect(read).toMatchObject({ ok: false })
  })

  test('may write what is no text', async () => {
    const path = await serving((socket) => socket.end(Buffer.from([0xff, 0xfe, 0x00, 0x80])))
    expect(await readFigures({ kind: 'unix', path }, SOON)).toMatchObject({ ok: true })
  })
})

describe('HTTP', () => {
  test('is read', async () => {
    const url = await httpServing((_, response) => response.end('{"a": 1}'))
    expect(await readFigures({ kind: 'http', url }, SOON)).toEqual({ ok: true, value: '{"a": 1}' })
  })

  test('with another status is an error', async () => {
    const url = await httpServing((_, response) => response.writeHead(503).end('later'))
    expect(await readFigures({ kind: 'http', url }, SOON)).toEqual({ ok: false, error: 'it answers with status 503' })
  })

  test('that hangs is given up in time', async () => {
    const url = await httpServing(() => {})
    expect(await readFigures({ kind: 'http', url }, 100)).toEqual({ ok: false, error: 'it does not answer in time' })
  })
})

describe('a file', () => {
  test('is read', async () => {
    const path = join(scratch(), 'figures')
    writeFileSync(path, 'a 1\n')
    expect(await readFigures({ kind: 'file', path }, SOON)).toEqual({ ok: true, value: 'a 1\n' })
  })

  test('that is a pipe is not waited for', async () => {
    const path = join(scratch(), 'pipe')
    execFileSync('mkfifo', [path])
    expect(await readFigures({ kind: 'file', path }, SOON)).toEqual({
      ok: false,
      error: `${path} is not a regular file`,
    })
  })
})

import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { controlSocket } from '../../src/host/control-socket.ts'
import type { ControlSocket } from '../../src/host/host.ts'
import { serveControl, TOO_MANY_CLIENTS } from '../../src/watch/control-server.ts'
import { scratch, uid } from '../host/scratch.ts'
import { FakeControl } from './fake-control.ts'

/** A fake watcher at a real socket. */
export async function watcherAtSocket(control = new FakeControl()) {
  const socket = controlSocket({ runtimeDirectory: scratch(), uid, users: { name: () => 'me' } })
  const warnings: string[] = []
  const listening = await socket.listen({
    lock: { fd: -1, release: () => {} },
    gid: undefined,
    serve: serveControl(control, { release: '0.0.0', pid: process.pid }, (text) => warnings.push(text)),
    tooManyClients: TOO_MANY_CLIENTS,
  })
  if (!listening.ok) throw new Error(listening.error.message)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= listening.value.close())
  onTestFinished(close)
  return { control, socket, warnings, close }
}

/** Bytes to and from it. */
export async function rawClient({ path }: ControlSocket) {
  const raw: Socket = connect({ path, allowHalfOpen: true })
  const over = new Promise<void>((resolve) => raw.on('close', () => resolve()))
  let received = ''
  let wake: () => void = () => {}
  raw.setEncoding('utf8')
  raw.on('data', (text: string) => {
    received += text
    wake()
  })
  raw.on('error', () => {})
  await new Promise<void>((resolve) => raw.once('connect', resolve))
  onTestFinished(() => void raw.destroy())
  return {
    raw,
    over,
    /** Everything that came, once `isSo` of it. */
    async until(isSo: (received: string) => boolean): Promise<string> {
      while (!isSo(received)) await new Promise<void>((resolve) => (wake = resolve))
      return received
    },
  }
}

import type { Socket } from 'node:net'
import type { Milliseconds } from '../base/duration.ts'
import type { Actor, ControlConnection, ControlHandlers } from './host.ts'
import { LineCutter } from './line-cutter.ts'

export interface LineConnectionOptions {
  /** In bytes, without the newline. */
  readonly longestLine: number
  readonly idleAfter: Milliseconds | undefined
  readonly peer: Actor | undefined
  /** Asked once, when the connection stands; nothing comes before it has answered. */
  readonly serve: (connection: ControlConnection) => ControlHandlers
}

/** So long may the other end take to fetch what it was sent last. */
const LINGER: Milliseconds = 1_000

/** Lines of text on a connected socket. A half line at the end is nothing: whoever wrote it did not finish. */
export function lineConnection(socket: Socket, options: LineConnectionOptions): ControlConnection {
  let open = true
  let handlers: ControlHandlers | undefined
  const cutter = new LineCutter(options.longestLine, {
    line: (text) => {
      if (open) handlers?.line(text)
    },
    tooLong: () => {
      if (open) handlers?.tooLong()
    },
  })
  const connection: ControlConnection = {
    peer: options.peer,
    send(line) {
      if (open) socket.write(`${line}\n`)
    },
    queued: () => socket.writableLength,
    pause() {
      cutter.pause()
      socket.pause()
    },
    resume() {
      cutter.resume()
      // One of the lines that had come already may have been the reason to pause again.
      if (!cutter.paused) socket.resume()
    },
    close() {
      if (!open) return
      open = false
      setTimeout(() => socket.destroy(), LINGER).unref()
      socket.end(() => socket.destroy())
    },
  }
  handlers = options.serve(connection)
  if (options.idleAfter !== undefined) socket.setTimeout(options.idleAfter, () => handlers?.idle())
  socket.on('data', (bytes: Buffer) => cutter.push(bytes))
  socket.on('drain', () => handlers?.drained())
  socket.on('end', () => handlers?.ended())
  // What went wrong matters to nobody: the end follows.
  socket.on('error', () => {})
  socket.on('close', () => {
    open = false
    handlers?.closed()
  })
  return connection
}

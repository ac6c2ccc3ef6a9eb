import type { ClientRequest } from 'node:http'
import type { Socket, TcpNetConnectOpts, IpcNetConnectOpts } from 'node:net'

/** Each asks once; false for every way in which it can fail, or when aborted. None throws. */

/** Something accepts a connection on the port. */
export const answersTcp = (host: string, port: number, signal: AbortSignal): Promise<boolean> =>
  connects({ host, port }, signal)

/** Something accepts a connection on the stream socket. */
export const answersUnix = (path: string, signal: AbortSignal): Promise<boolean> => connects({ path }, signal)

/** A GET is answered by a status from 200 to 399. A redirection is an answer and is not followed. */
export async function answersHttp(url: string, signal: AbortSignal): Promise<boolean> {
  if (!URL.canParse(url)) return false
  const client = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  if (signal.aborted) return false
  return new Promise((resolve) => {
    const request: ClientRequest = client.get(url, {
      // A connection of its own: a kept one would prove the past.
      agent: false,
      headers: { connection: 'close', 'user-agent': 'daemonctl', accept: '*/*' },
    })
    const finish = (success: boolean): void => {
      signal.removeEventListener('abort', abort)
      request.destroy()
      resolve(success)
    }
    const abort = (): void => finish(false)
    signal.addEventListener('abort', abort, { once: true })
    // Destroying the request may be an error as well: that one finds nobody waiting any more.
    request.on('error', () => finish(false))
    request.on('response', ({ statusCode = 0 }) => finish(statusCode >= 200 && statusCode < 400))
  })
}

async function connects(to: TcpNetConnectOpts | IpcNetConnectOpts, signal: AbortSignal): Promise<boolean> {
  const { connect } = await import('node:net')
  if (signal.aborted) return false
  return new Promise((resolve) => {
    const socket = connect(to)
    const finish = (success: boolean): void => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      resolve(success)
    }
    const abort = (): void => finish(false)
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', () => finish(false))
    socket.on('connect', () => finish(!isOneself(socket)))
  })
}

/** A port from the range for clients, tried again and again, is met by its own caller sooner or later. tcp(7) */
const isOneself = (socket: Socket): boolean =>
  socket.localPort !== undefined &&
  socket.localPort === socket.remotePort &&
  socket.localAddress === socket.remoteAddress

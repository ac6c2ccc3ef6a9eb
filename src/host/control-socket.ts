import { chmodSync, chownSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { actorOfPeer } from './actor.ts'
import { controlPlace, isWatcherThere, occupantOf } from './control-place.ts'
import { inDirectory } from './directory.ts'
import type { Actor, ControlConnection, ControlListener, ControlListening, ControlSocket } from './host.ts'
import { lineConnection } from './line-connection.ts'
import { loadNative } from './native.ts'
import { errorCode, explain, fileFailure } from './system-error.ts'

/** The bounds of a connection. */
export const CONTROL_LIMITS = {
  /** In bytes, of what a watcher is told. */
  requestLine: 64 * 1024,
  /** In bytes, of what it answers: a thousand daemons are half a megabyte. */
  answerLine: 16 * 1024 * 1024,
  clients: 64,
  idleAfter: 60_000,
} as const

/** sockaddr_un holds 108 bytes, the last of them NUL. unix(7) */
const LONGEST_PATH = 107
/** The kernel answers at once, whatever the watcher does; we ourselves may be busy with a hundred starts. */
const ANSWERS_WITHIN: Milliseconds = 10_000
/**
 * So long the socket of a killed watcher may go on to take connections: a process that it had just forked has the
 * descriptor, too, until it executes its program.
 */
const LINGERS: Milliseconds = 2_000
const ASKS_EVERY: Milliseconds = 10

const STAGE = 'opening the control socket'

/** Loaded where it is used: every command comes by here, and hardly one of them needs it. */
const net = (): typeof import('node:net') => process.getBuiltinModule('node:net')

export interface ControlSocketOptions {
  readonly runtimeDirectory: string
  readonly uid: number
  readonly users: { name(uid: number): string | undefined }
  readonly limits?: { readonly clients: number; readonly idleAfter: Milliseconds }
}

/** RUNTIME/watch.sock. */
export function controlSocket(options: ControlSocketOptions): ControlSocket {
  const { uid, users, limits = CONTROL_LIMITS } = options
  const path = controlPlace(options.runtimeDirectory)
  return {
    path,
    async listen(listening) {
      const free = await seePlaceFree(path, uid)
      if (!free.ok) return free
      const peerOf = peerReader(users)
      const sockets = new Map<Socket, ControlConnection>()
      const server = net().createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        if (sockets.size >= limits.clients) return turnAway(socket, listening.tooManyClients)
        const connection = lineConnection(socket, {
          longestLine: CONTROL_LIMITS.requestLine,
          idleAfter: limits.idleAfter,
          peer: peerOf(socket),
          serve: listening.serve,
        })
        sockets.set(socket, connection)
        socket.on('close', () => sockets.delete(socket))
        socket.resume()
      })
      const taken = await takePlace(server, path, listening)
      return taken.ok ? ok(listener(server, path, taken.value, sockets)) : taken
    },
    async connect(within, handlers) {
      if (!isWatcherThere(options.runtimeDirectory, uid)) return undefined
      const socket = await connected(path, within)
      if (typeof socket === 'string') return undefined
      return lineConnection(socket, {
        longestLine: CONTROL_LIMITS.answerLine,
        idleAfter: undefined,
        peer: undefined,
        serve: () => handlers,
      })
    },
  }
}

/** Nothing is there, or what a dead watcher left. */
async function seePlaceFree(path: string, uid: number): Promise<Result<void, Failure>> {
  if (Buffer.byteLength(fresh(path)) > LONGEST_PATH) {
    const remedy = `choose a shorter DAEMONCTL_RUNTIME_DIR: of at most ${LONGEST_PATH - '/watch.sock.new'.length} bytes`
    return err(failure('failed', STAGE, `the path of the control socket is too long: ${path}`, { remedy }))
  }
  const directory = inDirectory(dirname(path), { uid, stage: STAGE }, ({ shared }) => ok(shared))
  if (!directory.ok) return directory
  if (directory.value) {
    return err(
      failure('not-permitted', STAGE, `others may put files into ${dirname(path)}, so no socket is opened there`, {
        remedy: `chmod go-w ${dirname(path)}, and let it be your own`,
      }),
    )
  }
  for (const place of [path, fresh(path)]) {
    const occupant = occupantOf(place, [uid])
    if (occupant.kind === 'strange') {
      return err(failure('not-permitted', STAGE, occupant.why, { remedy: `remove ${place}, if nobody needs it` }))
    }
  }
  if (occupantOf(path, [uid]).kind === 'nothing') return ok(undefined)
  const until = performance.now() + LINGERS
  do {
    const answer = await connected(path, ANSWERS_WITHIN)
    if (answer === 'ECONNREFUSED' || answer === 'ENOENT') return ok(undefined)
    if (typeof answer !== 'string') answer.destroy()
    await new Promise((resolve) => setTimeout(resolve, ASKS_EVERY))
  } while (performance.now() < until)
  return err(
    failure('busy', STAGE, `another watcher is at ${path}`, { remedy: 'one watcher is enough; end that one first' }),
  )
}

/** Made beside its place and moved there: nobody ever meets a socket that has other permissions than it is to have. */
const fresh = (path: string): string => `${path}.new`

interface Made {
  readonly ino: number
  readonly dev: number
}

async function takePlace(server: Server, path: string, { gid }: ControlListening): Promise<Result<Made, Failure>> {
  const made = fresh(path)
  try {
    removeIfThere(made)
    await listening(server, made)
    if (gid !== undefined) {
      chownSync(made, -1, gid)
      chmodSync(made, 0o660)
    }
    renameSync(made, path)
    const { ino, dev } = lstatSync(path)
    return ok({ ino, dev })
  } catch (error) {
    server.close()
    return err(fileFailure(STAGE, 'open the control socket', path, error))
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      // What may go wrong with one connection (no descriptor left) is no reason to end.
      server.on('error', () => {})
      resolve()
    })
    // The path is bound before listen() returns, with the umask that is then in force.
    const umask = process.umask(0o177)
    try {
      server.listen(path)
    } finally {
      process.umask(umask)
    }
  })
}

const listener = (
  server: Server,
  path: string,
  made: Made,
  sockets: ReadonlyMap<Socket, ControlConnection>,
): ControlListener => ({
  close() {
    const now = lstatSync(path, { throwIfNoEntry: false })
    if (now?.ino === made.ino && now.dev === made.dev) removeIfThere(path)
    return new Promise((resolve) => {
      server.close(() => resolve())
      for (const connection of sockets.values()) connection.close()
    })
  },
})

function turnAway(socket: Socket, why: string): void {
  socket.on('error', () => {})
  socket.end(`${why}\n`, () => socket.destroy())
}

/** A connection, or the name of the error: "ETIMEDOUT" if nobody took it in time. */
function connected(path: string, within: Milliseconds): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = net().createConnection({ path })
    const finish = (outcome: Socket | string): void => {
      clearTimeout(timer)
      socket.off('error', failed)
      if (typeof outcome === 'string') socket.on('error', () => {}).destroy()
      resolve(outcome)
    }
    const failed = (error: Error): void => finish(errorCode(error) || explain(error))
    const timer = setTimeout(() => finish('ETIMEDOUT'), within)
    socket.once('error', failed)
    socket.once('connect', () => finish(socket))
  })
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Node does not tell who connected. Its handle has the descriptor, as long as it has one. */
function peerReader(users: { name(uid: number): string | undefined }): (socket: Socket) => Actor | undefined {
  return (socket) => {
    const fd = descriptorOf(socket)
    const peer = fd === undefined ? undefined : loadNative()?.peer(fd)
    return peer === undefined ? undefined : actorOfPeer(users, peer)
  }
}

function descriptorOf(socket: object): number | undefined {
  const handle: unknown = '_handle' in socket ? socket._handle : undefined
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}

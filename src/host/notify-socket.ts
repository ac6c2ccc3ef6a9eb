import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { loadNative } from './native.ts'

/** A socket on which one daemon tells that it is ready. sd_notify(3) */
export interface NotifySocket {
  readonly path: string
  /** READY=1, with the PID of MAINPID= if one was told. */
  readonly ready: Promise<{ readonly mainPid: number | undefined }>
  /** What it last said of itself: STATUS=. */
  status(): string | undefined
  close(): void
}

/** Why there can be no notify socket on this host; undefined: there can. */
export function notifyObstacle(): string | undefined {
  return loadNative() === undefined
    ? 'datagram sockets need koffi, which is not installed or does not work here'
    : undefined
}

/** Who sent a datagram, as the kernel says. unix(7), SCM_CREDENTIALS */
export interface Sender {
  readonly pid: number
  readonly uid: number
}

/**
 * Everybody may write to it, because a daemon may have changed its user by then; `believes` tells whose word counts.
 */
export function openNotifySocket(
  directory: string,
  name: string,
  believes: (sender: Sender) => boolean,
): Result<NotifySocket, Failure> {
  const native = loadNative()
  if (native === undefined) {
    return err(
      failure('unsupported', 'spawning', `type notify cannot be had: ${notifyObstacle() ?? ''}`, {
        remedy: 'npm install koffi, or use type = "simple" with a readiness probe',
      }),
    )
  }
  const path = join(directory, `${name}.sock`)
  let fd: number
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    rmSync(path, { force: true })
    fd = native.bindDatagram(path)
    chmodSync(path, 0o666)
  } catch (error) {
    return err(
      failure('failed', 'spawning', `the notify socket ${path} cannot be made: ${String(error)}`, {
        remedy: path.length > 107 ? 'choose a shorter DAEMONCTL_RUNTIME_DIR (at most 107 bytes in all)' : undefined,
      }),
    )
  }
  let status: string | undefined
  let mainPid: number | undefined
  let watch: { close(): void } | undefined
  const { promise: ready, resolve } = withResolvers<{ mainPid: number | undefined }>()
  let open = true
  const drain = (): void => {
    // The last message may have been announced before the socket was closed.
    if (!open) return
    for (let datagram = native.receive(fd); datagram !== undefined; datagram = native.receive(fd)) {
      if (datagram.sender === undefined || !believes(datagram.sender)) continue
      const said = new Map(datagram.text.split('\n').map((line) => split(line)))
      status = said.get('STATUS') ?? status
      const pid = Number(said.get('MAINPID'))
      if (Number.isSafeInteger(pid) && pid > 1) mainPid = pid
      if (said.get('READY') === '1') resolve({ mainPid })
    }
    watch = native.onceReadable(fd, drain)
  }
  watch = native.onceReadable(fd, drain)
  return ok({
    path,
    ready,
    status: () => status,
    close() {
      if (!open) return
      open = false
      watch?.close()
      native.close(fd)
      rmSync(path, { force: true })
    },
  })
}

function split(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

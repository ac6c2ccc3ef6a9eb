import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Milliseconds } from '../base/duration.ts'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import { parseNotification, type Notification } from '../decide/watch/notification.ts'
import { systemClock } from './clock.ts'
import { loadNative } from './native.ts'
import type { NotifyEar } from './notify.ts'

/** Everybody may write to it: so many datagrams are read in one turn, and whatever else is to be done is done. */
const IN_ONE_TURN = 64

/** A socket on which one daemon tells that it is ready. sd_notify(3) */
export interface NotifySocket {
  readonly path: string
  /** READY=1, with the PID of MAINPID= if one was told. */
  readonly ready: Promise<{ readonly mainPid: number | undefined }>
  /** What it last said of itself: STATUS=. */
  status(): string | undefined
  /** Until when, by the monotonic clock, it has asked to be waited for: EXTEND_TIMEOUT_USEC=. 0: it has not. */
  patience(): Milliseconds
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

/** An ear at its place, until another is put there. */
export interface Ear extends NotifyEar {
  isInPlace(): boolean
}

/** Where a daemon is heard that speaks for as long as it runs: of each who listens there in its turn. */
export const placeOfEar = (directory: string, key: string): string => join(directory, `${key}.sock`)

/** `believes` tells whose word counts. */
export function openNotifySocket(path: string, believes: (sender: Sender) => boolean): Result<NotifySocket, Failure> {
  let status: string | undefined
  let mainPid: number | undefined
  let patience: Milliseconds = 0
  const { promise: ready, resolve } = withResolvers<{ mainPid: number | undefined }>()
  const ear = openEar(path, believes, (said) => {
    status = said.status ?? status
    mainPid = said.mainPid ?? mainPid
    if (said.longer !== undefined) patience = systemClock.monotonic() + said.longer
    if (said.ready) resolve({ mainPid })
  })
  if (!ear.ok) return ear
  return ok({
    path,
    ready,
    status: () => status,
    patience() {
      // What it has said in time counts, though nobody has read it yet.
      ear.value.listen()
      return patience
    },
    close: () => ear.value.close(),
  })
}

/**
 * Everybody may write to it, because a daemon may have changed its user by then; `believes` tells whose word counts.
 * Whoever listens at a path takes it over from whom did before.
 */
export function openEar(
  path: string,
  believes: (sender: Sender) => boolean,
  heard: (said: Notification, sender: Sender) => void,
): Result<Ear, Failure> {
  const native = loadNative()
  if (native === undefined) {
    return err(
      failure('unsupported', 'spawning', `notify cannot be had: ${notifyObstacle() ?? ''}`, {
        remedy: 'npm install koffi, or use another probe (and type = "simple")',
      }),
    )
  }
  let fd: number
  let inode: number
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    rmSync(path, { force: true })
    fd = native.bindDatagram(path)
    chmodSync(path, 0o666)
    inode = lstatSync(path).ino
  } catch (error) {
    return err(
      failure('failed', 'spawning', `the notify socket ${path} cannot be made: ${String(error)}`, {
        remedy: path.length > 107 ? 'choose a shorter DAEMONCTL_RUNTIME_DIR (at most 107 bytes in all)' : undefined,
      }),
    )
  }
  let watch: { close(): void } | undefined
  let open = true
  const listen = (): void => {
    for (let count = 0; count < IN_ONE_TURN; count += 1) {
      // Whoever has heard enough closes it.
      const datagram = open ? native.receive(fd) : undefined
      if (datagram === undefined) return
      if (datagram.sender !== undefined && believes(datagram.sender))
        heard(parseNotification(datagram.text), datagram.sender)
    }
  }
  const next = (): void => {
    // The last message may have been announced before the socket was closed.
    if (!open) return
    listen()
    if (open) watch = native.onceReadable(fd, next)
  }
  watch = native.onceReadable(fd, next)
  const isInPlace = (): boolean => lstatSync(path, { throwIfNoEntry: false })?.ino === inode
  return ok({
    listen,
    isInPlace,
    close() {
      if (!open) return
      open = false
      watch?.close()
      native.close(fd)
      // Somebody else may be listening there by now.
      if (isInPlace()) rmSync(path, { force: true })
    },
  })
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

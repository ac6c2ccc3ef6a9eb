import { getSystemErrorName } from 'node:util'
import { err, ok, type Result } from '../base/result.ts'
import type { Exit } from './host.ts'
import type { Native } from './native.ts'
import type { NativeSpawn } from './native-spawn.ts'
import type { Descriptor, Line, NewProcess, NewProcessRequest } from './new-process.ts'
import { exitOfStatus } from './wait-status.ts'

/** Makes a process by posix_spawn(3). Node knows nothing of it: whoever makes it so buries it as well. */
export function makeProcessByNative(
  native: Native,
  calls: NativeSpawn,
  request: NewProcessRequest,
): Result<NewProcess, string> {
  const lines = new Map<number, { readonly ours: number; readonly theirs: number }>()
  const descriptors = new Map<number, number | 'null'>()
  for (const [fd, descriptor] of request.descriptors.entries()) {
    if (descriptor === 'line') {
      const pair = calls.pair()
      if ('errno' in pair) {
        for (const { ours, theirs } of lines.values()) [ours, theirs].forEach((end) => native.close(end))
        return err(getSystemErrorName(-pair.errno))
      }
      lines.set(fd, pair)
      descriptors.set(fd, pair.theirs)
    } else {
      const file = fileOf(descriptor, fd)
      if (file !== undefined) descriptors.set(fd, file)
    }
  }
  const made = calls.spawn({
    path: request.path,
    argv: [request.path, ...request.args],
    environment: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
    session: request.detached,
    descriptors,
  })
  for (const { theirs } of lines.values()) native.close(theirs)
  if ('errno' in made) {
    for (const { ours } of lines.values()) native.close(ours)
    return err(getSystemErrorName(-made.errno))
  }
  const death = awaitExit(native, calls, made.pid)
  const connections = new Map([...lines].map(([fd, { ours }]) => [fd, nativeLine(native, calls, ours)]))
  return ok({
    pid: made.pid,
    exited: death.exited,
    line: (fd) => connections.get(fd),
    unref: () => death.unref(),
  })
}

/** undefined: that number is closed there, as every descriptor of ours is. */
function fileOf(descriptor: Exclude<Descriptor, 'line'>, fd: number): number | 'null' | undefined {
  if (descriptor === 'inherit') return fd
  if (descriptor !== 'ignore') return descriptor
  return fd <= 2 ? 'null' : undefined
}

function awaitExit(native: Native, calls: NativeSpawn, pid: number): { readonly exited: Promise<Exit>; unref(): void } {
  // It is a child that nobody but us buries: the number is still its own.
  const pidfd = native.pidfdOpen(pid)
  if (pidfd === undefined) return { exited: Promise.resolve({ kind: 'unseen' }), unref: () => {} }
  let watch: ReturnType<Native['onceReadable']> | undefined
  const exited = new Promise<Exit>((resolve) => {
    watch = native.onceReadable(pidfd, () => {
      const status = calls.bury(pid) ?? native.waitStatus(pidfd)
      native.close(pidfd)
      resolve(status === undefined ? { kind: 'unseen' } : exitOfStatus(status))
    })
  })
  return { exited, unref: () => watch?.unref() }
}

function nativeLine(native: Native, calls: NativeSpawn, fd: number): Line {
  let finish = (): void => {}
  const over = new Promise<void>((resolve) => (finish = resolve))
  let watch: ReturnType<Native['onceReadable']> | undefined
  let open = true
  const close = (): void => {
    if (!open) return
    open = false
    watch?.close()
    native.close(fd)
    finish()
  }
  const read = (heard: (text: string) => void): void => {
    // Who has said something has often hung up already.
    for (;;) {
      if (!open) return
      const text = calls.receive(fd)
      if (text === undefined) return close()
      if (text === '') return listen(heard)
      heard(text)
    }
  }
  const listen = (heard: (text: string) => void): void => {
    if (open) watch = native.onceReadable(fd, () => read(heard))
  }
  return {
    write(text) {
      if (open) calls.send(fd, text)
    },
    hear(heard) {
      listen(heard)
      return over
    },
    close,
  }
}

import { signalNumber } from '../base/signals.ts'
import { isAlive, type Identity } from '../decide/identity.ts'
import type { Exit, ProcessTable, Signaller, SignalOutcome } from './host.ts'
import { loadNative, type Native } from './native.ts'
import { OwnChildren } from './own-children.ts'
import { zombieStatus } from './process-table.ts'
import { exitOfStatus } from './wait-status.ts'

/** How often death is asked for where the kernel does not tell: often by a verb, that awaits it, else now and then. */
const ASK_EVERY = 20
const ASK_SELDOM = 250
/** Whoever waits for longer than this does not wait for the end of a stop. */
const OFTEN_FOR = 10_000

/**
 * Signals one process and no other. A pidfd pins the process first and its identity is compared after: whatever
 * happens in between, the signal cannot reach another one. Without pidfds the identity is compared right before
 * each signal, which leaves a gap of some microseconds.
 */
export function identitySignaller(table: ProcessTable, children: OwnChildren = new OwnChildren()): Signaller {
  const alive = (identity: Identity): boolean => {
    const reading = table.read(identity.pid)
    return reading.kind === 'seen' && isAlive(identity, reading.process, table.bootId())
  }
  return {
    prepare: () => void loadNative(),
    send(identity, signal): SignalOutcome {
      const native = loadNative()
      if (native === undefined) return alive(identity) ? sendByPid(identity.pid, signalNumber(signal)) : 'gone'
      const fd = native.pidfdOpen(identity.pid)
      if (fd === undefined) return 'gone'
      try {
        return alive(identity) ? native.pidfdSend(fd, signalNumber(signal)) : 'gone'
      } finally {
        native.close(fd)
      }
    },
    notices: (identity) => (children.exitOf(identity) !== undefined || loadNative() !== undefined ? 'told' : 'asked'),
    ended(identity, signal) {
      const child = children.exitOf(identity)
      if (child !== undefined) return unlessAborted(child, signal)
      const native = loadNative()
      return native === undefined
        ? askUntilEnded(identity, alive, signal)
        : endedByPidfd(native, identity, alive, signal, table)
    },
  }
}

function sendByPid(pid: number, signal: number): SignalOutcome {
  try {
    process.kill(pid, signal)
    return 'sent'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'not-permitted' : 'gone'
  }
}

/** Of a child Node itself tells. */
function unlessAborted(exited: Promise<Exit>, signal: AbortSignal): Promise<Exit | undefined> {
  return new Promise((resolve) => {
    const abort = (): void => resolve(undefined)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    void exited.then((exit) => {
      signal.removeEventListener('abort', abort)
      resolve(exit)
    })
  })
}

function endedByPidfd(
  native: Native,
  identity: Identity,
  alive: (identity: Identity) => boolean,
  signal: AbortSignal,
  table: ProcessTable,
): Promise<Exit | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined)
    const fd = native.pidfdOpen(identity.pid)
    if (fd === undefined) return resolve({ kind: 'unseen' })
    // Exactly one of abort and death closes the descriptor: closed twice, its number may already be another's.
    let taken = false
    const take = (): boolean => {
      if (taken) return false
      taken = true
      signal.removeEventListener('abort', abort)
      return true
    }
    const finish = (exit: Exit | undefined): void => {
      native.close(fd)
      resolve(exit)
    }
    const abort = (): void => {
      if (!take()) return
      handle.close()
      finish(undefined)
    }
    if (!alive(identity)) {
      return void exitOfRemains(native, fd, identity, table).then(finish)
    }
    const handle = native.onceReadable(fd, () => {
      if (take()) void exitBehind(native, fd, identity.pid).then(finish)
    })
    signal.addEventListener('abort', abort)
  })
}

/** A zombie of this identity still tells how it ended; another process of the same PID tells nothing. */
function exitOfRemains(native: Native, fd: number, identity: Identity, table: ProcessTable): Promise<Exit> {
  const reading = table.read(identity.pid)
  return reading.kind === 'seen' && reading.process.startTime === identity.startTime
    ? exitBehind(native, fd, identity.pid)
    : Promise.resolve({ kind: 'unseen' })
}

/** Right after the end the status is the zombie's; once its parent has taken that, it is the pidfd's. */
async function exitBehind(native: Native, fd: number, pid: number): Promise<Exit> {
  for (const wait of [0, 1, 2]) {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    const status = zombieStatus(pid) ?? native.waitStatus(fd)
    if (status !== undefined) return exitOfStatus(status)
  }
  return { kind: 'unseen' }
}

function askUntilEnded(
  identity: Identity,
  alive: (identity: Identity) => boolean,
  signal: AbortSignal,
): Promise<Exit | undefined> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    let asked = 0
    const ask = (): void => {
      clearTimeout(timer)
      if (!signal.aborted && alive(identity)) {
        asked += 1
        timer = setTimeout(ask, asked * ASK_EVERY < OFTEN_FOR ? ASK_EVERY : ASK_SELDOM)
        return
      }
      signal.removeEventListener('abort', ask)
      resolve(signal.aborted ? undefined : { kind: 'unseen' })
    }
    signal.addEventListener('abort', ask)
    ask()
  })
}

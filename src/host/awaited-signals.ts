import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs'

/** rt_sigtimedwait(2) on x86-64, and on the architectures with the generic table. */
const SIGTIMEDWAIT = new Set(['128', '137'])
const MOST_THREADS = 256

/**
 * The signals that a process takes without a handler: blocked in every thread, to be read from a signalfd(2), or
 * waited for by sigwait(3). A thread that waits shows what it waits for as unblocked, so the set is read where the
 * system call has it. Bit N-1 is set for signal N; none where we may not look.
 */
export function awaitedSignals(pid: number): bigint {
  try {
    let everywhere = ~0n
    for (const thread of readdirSync(`/proc/${pid}/task`).slice(0, MOST_THREADS)) {
      const place = `/proc/${pid}/task/${thread}`
      const blocked = /^SigBlk:\s*([0-9a-f]+)/m.exec(readFileSync(`${place}/status`, 'latin1'))?.[1] ?? '0'
      everywhere &= BigInt(`0x${blocked}`) | waitedFor(pid, place)
      if (everywhere === 0n) return 0n
    }
    return everywhere === ~0n ? 0n : everywhere
  } catch {
    return 0n
  }
}

/** proc_pid_syscall(5): the number of the system call and its arguments, of which the first is the set. */
function waitedFor(pid: number, place: string): bigint {
  let fd: number | undefined
  try {
    const [call = '', set = ''] = readFileSync(`${place}/syscall`, 'latin1').split(' ')
    if (!SIGTIMEDWAIT.has(call)) return 0n
    const bytes = Buffer.alloc(8)
    fd = openSync(`/proc/${pid}/mem`, 'r')
    return readSync(fd, bytes, 0, 8, BigInt(set)) === 8 ? bytes.readBigUInt64LE(0) : 0n
  } catch {
    return 0n
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { arch, platform } from 'node:process'
import { getSystemErrorMap } from 'node:util'
import { bindSpawn, type NativeSpawn } from './native-spawn.ts'

/**
 * The system calls that Node does not have, through koffi. koffi is optional: every user of this file has another
 * way when `loadNative` gives nothing. It is loaded when first needed only, for it takes several milliseconds.
 */
export interface Native {
  /** pidfd_open(2); undefined: there is no such process. */
  pidfdOpen(pid: number): number | undefined
  /** pidfd_send_signal(2). EPERM is told apart from ESRCH. */
  pidfdSend(fd: number, signal: number): 'sent' | 'gone' | 'not-permitted'
  /** The wait status of a process that has ended and been reaped, of a pidfd: PIDFD_GET_INFO, Linux 6.15. */
  waitStatus(fd: number): number | undefined
  close(fd: number): void
  /** prctl(2), PR_SET_CHILD_SUBREAPER: orphans below us become our children. False: not on this system. */
  becomeSubreaper(): boolean
  /** waitid(2) without waiting: buries a child that has ended. Never one that Node has made. */
  reap(pid: number): void
  /** Calls back once, from the event loop, when the descriptor is readable (a pidfd: the process has ended). */
  onceReadable(fd: number, callback: () => void): Readiness
  /** What makes processes; undefined: the C library has not all that it needs. */
  spawning(): NativeSpawn | undefined
  /** execve(2), with standard input, output and error; gives back only why it could not be done. */
  execute(path: string, argv: readonly string[], environment: readonly string[]): string
  /** malloc_trim(3): gives back what the C library keeps. */
  trimHeap(): void
  /** madvise(2), MADV_DONTNEED: pages of a file are read again when they are needed. */
  forgetPages(start: bigint, length: number): void
  /** tee(2) without waiting: copies what is in one pipe to another and leaves it there; tells how much. */
  tee(from: number, to: number, most: number): number | 'empty' | 'ended'
  /** splice(2) without waiting: moves what is in a pipe to another pipe or to a place in a file; tells how much. */
  splice(from: number, to: number, offset: number | undefined, most: number): number | 'empty' | 'ended'
  /** fcntl(2), F_SETPIPE_SZ; tells its capacity, which is the old one where a larger one is refused. */
  widenPipe(fd: number, bytes: number): number
  /** sync_file_range(2), by another thread: resolves when that range (or all behind its beginning) is on the disk. */
  writeOut(fd: number, range: { readonly from: number; readonly to?: number }): Promise<boolean>
  /** fallocate(2), FALLOC_FL_COLLAPSE_RANGE from the beginning, by another thread. False: it could not be done. */
  collapse(fd: number, bytes: number): Promise<boolean>
  /** posix_fadvise(2), by another thread: what is on the disk of that range need not be in memory. */
  forgetRange(fd: number, range: { readonly from: number; readonly to: number }): Promise<boolean>
  /** pipe2(2): reading end, writing end; closed in what is executed, and nobody waits at them. */
  pipe(): readonly [number, number]
  /** flock(2), exclusively and without waiting. False: another holds it. */
  tryLock(fd: number): boolean
  /** socket(2), bind(2) with SO_PASSCRED: a datagram socket at a path. */
  bindDatagram(path: string): number
  /** sendto(2) to a datagram socket at a path. False: nobody takes it. */
  sendDatagram(path: string, text: string): boolean
  /** socket(2): a datagram socket at which nobody waits. */
  datagramSocket(): number
  /** sendto(2) without waiting. full: who reads it does not keep up; too-long: it takes no datagram of this length. */
  sendTo(fd: number, path: string, bytes: Buffer): 'sent' | 'full' | 'too-long' | 'nobody'
  /** Who connected a stream socket, when it did. unix(7), SO_PEERCRED */
  peer(fd: number): { readonly pid: number; readonly uid: number } | undefined
  /** recvmsg(2) without waiting; undefined: nothing is there. Passed descriptors are closed. */
  receive(fd: number): Datagram | undefined
}

/** What is awaited of a descriptor; once unreferenced it keeps nobody from ending. */
export interface Readiness {
  close(): void
  unref(): void
}

export interface Datagram {
  readonly text: string
  readonly sender: { readonly pid: number; readonly uid: number } | undefined
}

interface NativeFunction {
  (...args: readonly unknown[]): unknown
  async(...args: readonly unknown[]): void
}

/** The part of koffi 3 that is used. `node.poll` is not documented, so its absence is expected. */
export interface Koffi {
  load(path: null): { func(signature: string): NativeFunction }
  errno(): number
  alloc(type: string, count: number): unknown
  view(pointer: unknown, length: number): ArrayBuffer
  address(value: unknown): bigint
  readonly node?: {
    poll?: (fd: number, events: { readable: boolean }, callback: () => void) => Readiness
  }
}

const ESRCH = 3
const EINVAL = 22
/** The same on every architecture that Node runs on but alpha. */
const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434

/** Where one of these is, Node may have been built for musl: then the package itself has to find out. */
const MUSL = ['/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1']

let loaded: Native | undefined | null = null

/** undefined: koffi is not installed, or the kernel has no pidfds (Linux before 5.3, other systems). */
export function loadNative(): Native | undefined {
  if (loaded === null) loaded = platform === 'linux' && process.env['DAEMONCTL_NO_NATIVE'] !== '1' ? load() : undefined
  return loaded
}

/** What `loadNative` gave, if it was called already. */
export const loadedNative = (): Native | undefined => loaded ?? undefined

function load(): Native | undefined {
  const koffi = requireKoffi()
  if (koffi === undefined) return undefined
  try {
    const native = bind(koffi)
    const own = native.pidfdOpen(process.pid)
    if (own === undefined) return undefined
    native.close(own)
    return native
  } catch {
    return undefined
  }
}

/**
 * The library in the platform's own package, opened by itself, takes half as long as through Node's search for modules,
 * and that a third of koffi's index, which reads Node's ELF header to find it.
 */
function requireKoffi(): Koffi | undefined {
  const own = `@koromix/koffi-${platform}-${arch}`
  const library = `${own}/${platform}_${arch}/koffi.node`
  const isMusl = MUSL.some((loader) => existsSync(loader))
  const opened = isMusl ? undefined : openLibrary(library)
  if (opened !== undefined) return opened
  const require = createRequire(import.meta.url)
  for (const name of isMusl ? [own, 'koffi'] : [library, own, 'koffi']) {
    try {
      const found: unknown = require(name)
      if (isKoffi(found)) return found
    } catch {
      // Not installed (it is optional), or built for another C library.
    }
  }
  return undefined
}

/** Where npm has put it: beside us, or beside the package that depends on us. */
function openLibrary(name: string): Koffi | undefined {
  const here = dirname(import.meta.url.replace(/^file:\/\//, ''))
  for (let directory = here; directory !== '/' && directory !== '.'; directory = dirname(directory)) {
    const path = `${directory}/node_modules/${name}`
    if (!existsSync(path)) continue
    try {
      const module: { exports: unknown } = { exports: {} }
      process.dlopen(module, path)
      return isKoffi(module.exports) ? module.exports : undefined
    } catch {
      return undefined
    }
  }
  return undefined
}

function isKoffi(value: unknown): value is Koffi {
  return typeof value === 'object' && value !== null && 'load' in value && 'errno' in value && 'alloc' in value
}

function bind(koffi: Koffi): Native {
  const libc = koffi.load(null)
  const number = (signature: string): ((...args: readonly unknown[]) => number) => {
    // Every C library of Linux has all of them; a verb uses three or four.
    let call: NativeFunction | undefined
    return (...args) => Number((call ??= libc.func(signature))(...args))
  }
  /** By another thread; whether it has succeeded. */
  const elsewhere = (signature: string, args: readonly unknown[]): Promise<boolean> =>
    new Promise((resolve) => {
      const call = attempt(() => libc.func(signature))
      if (call === undefined) resolve(false)
      else call.async(...args, (_: unknown, result: unknown) => resolve(result === 0))
    })
  const pidfdOpen = number('long syscall(long number, int pid, uint flags)')
  const pidfdSend = number('long syscall(long number, int fd, int signal, void *info, uint flags)')
  const close = number('int close(int fd)')
  const flock = number('int flock(int fd, int operation)')
  const tee = number('intptr_t tee(int from, int to, size_t length, uint flags)')
  const splice = number('intptr_t splice(int from, void *at, int to, void *offset, size_t length, uint flags)')
  const fcntl = number('int fcntl(int fd, int command, int argument)')
  const place = Buffer.alloc(8)
  const pipe2 = number('int pipe2(void *ends, int flags)')
  const ioctl = number('int ioctl(int fd, ulong request, void *argument)')
  const prctl = number('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')
  const waitid = number('int waitid(int type, uint id, void *info, int options)')
  const poll = koffi.node?.poll
  if (poll === undefined) throw new Error('this koffi cannot poll')
  const open = new Map<number, Readiness>()
  let madvise: ((...args: readonly unknown[]) => number) | undefined
  let spawning: NativeSpawn | undefined | null = null
  // A live handle that fires while Node tears down aborts the process.
  process.on('exit', () => {
    for (const handle of open.values()) handle.close()
  })
  return {
    pidfdOpen(pid) {
      const fd = pidfdOpen(SYS_PIDFD_OPEN, pid, 0)
      if (fd >= 0) return fd
      // EINVAL: the number is that of a thread, not of a process.
      if (koffi.errno() === ESRCH || koffi.errno() === EINVAL) return undefined
      throw new Error(`pidfd_open failed with errno ${koffi.errno()}`)
    },
    pidfdSend(fd, signal) {
      if (pidfdSend(SYS_PIDFD_SEND_SIGNAL, fd, signal, null, 0) === 0) return 'sent'
      return koffi.errno() === ESRCH ? 'gone' : 'not-permitted'
    },
    waitStatus(fd) {
      const info = Buffer.alloc(64)
      info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0)
      if (ioctl(fd, PIDFD_GET_INFO, info) !== 0) return undefined
      return (info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n ? undefined : info.readInt32LE(60)
    },
    close: (fd) => void close(fd),
    becomeSubreaper: () => prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0,
    reap: (pid) => void waitid(P_PID, pid, Buffer.alloc(SIGINFO_SIZE), WEXITED | WNOHANG),
    onceReadable(fd, callback) {
      let done = false
      const handle = poll(fd, { readable: true }, () => {
        if (done) return
        finish()
        // The callback comes outside Node's own callback scope: promises made in it would not run, and what it
        // throws would be lost.
        setImmediate(callback)
      })
      const finish = (): void => {
        if (done) return
        done = true
        open.delete(fd)
        handle.close()
      }
      // A handle that nobody refers to is collected, and its watch ends without a word.
      open.set(fd, handle)
      return {
        close: finish,
        unref() {
          // What is closed is freed: it must not be touched.
          if (!done) handle.unref()
        },
      }
    },
    execute(path, argv, environment) {
      const fcntl = number('int fcntl(int fd, int command, int argument)')
      const execve = number('int execve(str path, str *argv, str *environment)')
      // Node has them closed in whatever it executes.
      for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0)
      execve(path, [...argv, null], [...environment, null])
      return `execve failed with errno ${koffi.errno()}`
    },
    trimHeap() {
      attempt(() => libc.func('int malloc_trim(size_t keep)')(0))
    },
    forgetPages(start, length) {
      madvise ??= number('int madvise(intptr_t start, size_t length, int advice)')
      madvise(start, length, MADV_DONTNEED)
    },
    tee(from, to, most) {
      const length = tee(from, to, most, SPLICE_F_NONBLOCK)
      if (length > 0) return length
      // 0: it is empty, and nobody has it open for writing. EAGAIN: somebody has.
      return length === 0 ? 'ended' : 'empty'
    },
    splice(from, to, offset, most) {
      if (offset !== undefined) place.writeBigInt64LE(BigInt(offset), 0)
      const length = splice(from, null, to, offset === undefined ? null : place, most, SPLICE_F_NONBLOCK)
      if (length > 0) return length
      if (length === 0) return 'ended'
      if (koffi.errno() === EAGAIN) return 'empty'
      throw systemError(koffi.errno(), 'splice')
    },
    widenPipe(fd, bytes) {
      const widened = fcntl(fd, F_SETPIPE_SZ, bytes)
      return widened > 0 ? widened : fcntl(fd, F_GETPIPE_SZ, 0)
    },
    writeOut: (fd, { from, to = from }) =>
      elsewhere('int sync_file_range(int fd, int64_t from, int64_t bytes, uint flags)', [
        fd,
        from,
        to - from,
        SYNC_FILE_RANGE_ALL,
      ]),
    collapse: (fd, bytes) =>
      elsewhere('int fallocate(int fd, int mode, intptr_t from, intptr_t bytes)', [
        fd,
        FALLOC_FL_COLLAPSE_RANGE,
        0,
        bytes,
      ]),
    forgetRange: (fd, { from, to }) =>
      elsewhere('int posix_fadvise(int fd, intptr_t from, intptr_t bytes, int advice)', [
        fd,
        from,
        to - from,
        POSIX_FADV_DONTNEED,
      ]),
    pipe() {
      const ends = Buffer.alloc(8)
      if (pipe2(ends, O_NONBLOCK_CLOEXEC) !== 0) throw new Error(`pipe2 failed with errno ${koffi.errno()}`)
      return [ends.readInt32LE(0), ends.readInt32LE(4)]
    },
    spawning() {
      if (spawning === null) spawning = attempt(() => bindSpawn(koffi))
      return spawning
    },
    tryLock: (fd) => flock(fd, LOCK_EX | LOCK_NB) === 0,
    ...bindSockets(koffi, number),
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** As Node words the errors of its own calls. */
function systemError(errno: number, call: string): Error {
  const [code, why] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown']
  return Object.assign(new Error(`${code}: ${why}, ${call}`), { code })
}

const PIDFD_GET_INFO = 0xc0_40_ff_0b
const PIDFD_INFO_EXIT = 8n

const PR_SET_CHILD_SUBREAPER = 36
const P_PID = 1
const WEXITED = 4
const WNOHANG = 1
const SIGINFO_SIZE = 128

const F_SETFD = 2
const MADV_DONTNEED = 4

const SPLICE_F_NONBLOCK = 2
/** What is on its way is awaited, all is written, and that is awaited. */
const SYNC_FILE_RANGE_ALL = 7
const POSIX_FADV_DONTNEED = 4
const FALLOC_FL_COLLAPSE_RANGE = 8
const F_SETPIPE_SZ = 1031
const F_GETPIPE_SZ = 1032
const O_NONBLOCK_CLOEXEC = 0o2004000

const LOCK_EX = 2
const LOCK_NB = 4

const EAGAIN = 11
const EMSGSIZE = 90
const ENOBUFS = 105

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_PASSCRED = 16
const SO_PEERCRED = arch === 'ppc64' ? 21 : 17
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const MSG_DONTWAIT = 0x40
const MSG_CMSG_CLOEXEC = 0x40000000

/** The layout of msghdr and cmsghdr is that of 64-bit little-endian Linux. recvmsg(2), unix(7), cmsg(3) */
function bindSockets(
  koffi: Koffi,
  number: (signature: string) => (...args: readonly unknown[]) => number,
): Pick<Native, 'bindDatagram' | 'sendDatagram' | 'datagramSocket' | 'sendTo' | 'receive' | 'peer'> {
  const socket = number('int socket(int domain, int type, int protocol)')
  const bind = number('int bind(int fd, void *address, uint length)')
  const setsockopt = number('int setsockopt(int fd, int level, int name, void *value, uint length)')
  const getsockopt = number('int getsockopt(int fd, int level, int name, void *value, void *length)')
  const sendto = number('intptr_t sendto(int fd, void *bytes, size_t length, int flags, void *address, uint size)')
  const recvmsg = number('intptr_t recvmsg(int fd, void *message, int flags)')
  const close = number('int close(int fd)')
  let buffers: { data: unknown; dataView: Buffer; control: unknown; controlView: Buffer } | undefined
  return {
    bindDatagram(path) {
      const address = Buffer.alloc(110)
      address.writeUInt16LE(AF_UNIX, 0)
      const length = address.write(path, 2, 107)
      const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
      if (fd < 0) throw new Error(`socket failed with errno ${koffi.errno()}`)
      const yes = Buffer.from([1, 0, 0, 0])
      if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, yes, 4) < 0 || bind(fd, address, 2 + length + 1) < 0) {
        const errno = koffi.errno()
        close(fd)
        throw new Error(`binding ${path} failed with errno ${errno}`)
      }
      return fd
    },
    sendDatagram(path, text) {
      const address = Buffer.alloc(110)
      address.writeUInt16LE(AF_UNIX, 0)
      const length = address.write(path, 2, 107)
      const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
      if (fd < 0) return false
      const bytes = Buffer.from(text)
      const sent = sendto(fd, bytes, bytes.length, 0, address, 2 + length + 1)
      close(fd)
      return sent === bytes.length
    },
    datagramSocket() {
      const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
      if (fd < 0) throw new Error(`socket failed with errno ${koffi.errno()}`)
      return fd
    },
    sendTo(fd, path, bytes) {
      const address = Buffer.alloc(110)
      address.writeUInt16LE(AF_UNIX, 0)
      const length = address.write(path, 2, 107)
      if (sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, 2 + length + 1) === bytes.length) return 'sent'
      const errno = koffi.errno()
      if (errno === EAGAIN || errno === ENOBUFS) return 'full'
      return errno === EMSGSIZE ? 'too-long' : 'nobody'
    },
    peer(fd) {
      // struct ucred: pid, uid, gid.
      const credentials = Buffer.alloc(12)
      const length = Buffer.from([12, 0, 0, 0])
      if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined
      const pid = credentials.readInt32LE(0)
      // 0: it is in another PID namespace.
      return pid > 0 ? { pid, uid: credentials.readUInt32LE(4) } : undefined
    },
    receive(fd) {
      buffers ??= (() => {
        const data = koffi.alloc('uint8', 4096)
        const control = koffi.alloc('uint8', 512)
        return {
          data,
          dataView: Buffer.from(koffi.view(data, 4096)),
          control,
          controlView: Buffer.from(koffi.view(control, 512)),
        }
      })()
      const vector = Buffer.alloc(16)
      vector.writeBigUInt64LE(koffi.address(buffers.data), 0)
      vector.writeBigUInt64LE(4096n, 8)
      const header = Buffer.alloc(56)
      header.writeBigUInt64LE(koffi.address(vector), 16)
      header.writeBigUInt64LE(1n, 24)
      header.writeBigUInt64LE(koffi.address(buffers.control), 32)
      header.writeBigUInt64LE(512n, 40)
      const length = recvmsg(fd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)
      if (length < 0) return undefined
      const end = Number(header.readBigUInt64LE(40))
      let sender: Datagram['sender']
      for (let at = 0; at + 16 <= end;) {
        const size = Number(buffers.controlView.readBigUInt64LE(at))
        if (size < 16) break
        const kind = buffers.controlView.readInt32LE(at + 12)
        if (kind === SCM_CREDENTIALS) {
          sender = { pid: buffers.controlView.readInt32LE(at + 16), uid: buffers.controlView.readUInt32LE(at + 20) }
        }
        if (kind === SCM_RIGHTS) {
          for (let i = at + 16; i + 4 <= at + size; i += 4) close(buffers.controlView.readInt32LE(i))
        }
        at += (size + 7) & ~7
      }
      return { text: buffers.dataView.toString('utf8', 0, length), sender }
    },
  }
}

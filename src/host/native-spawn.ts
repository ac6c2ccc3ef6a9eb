import type { Koffi } from './native.ts'

/** posix_spawn(3) and what goes with it: no copy of our memory's tables is made, which takes fork(2) milliseconds. */
export interface NativeSpawn {
  /** The new process begins in "/", with no signal blocked or ignored. */
  spawn(request: SpawnCall): { readonly pid: number } | { readonly errno: number }
  /** waitpid(2) without waiting: the status of a child of ours that has ended, which is buried by it. */
  bury(pid: number): number | undefined
  /** socketpair(2): two ends of a stream, closed in what is executed. */
  pair(): { readonly ours: number; readonly theirs: number } | { readonly errno: number }
  /** recv(2) without waiting: what has come, '' for nothing yet, undefined at the end. Whatever is wrong with it is its end. */
  receive(fd: number): string | undefined
  /** send(2) without waiting and without a SIGPIPE. */
  send(fd: number, text: string): void
}

export interface SpawnCall {
  readonly path: string
  /** With the name of the program itself. */
  readonly argv: readonly string[]
  /** NAME=VALUE */
  readonly environment: readonly string[]
  /** POSIX_SPAWN_SETSID */
  readonly session: boolean
  /** By number there: our descriptor, or /dev/null. Both may be the same number. */
  readonly descriptors: ReadonlyMap<number, number | 'null'>
}

/** Throws where the C library has no posix_spawn_file_actions_addchdir_np(3): glibc before 2.29. */
export function bindSpawn(koffi: Koffi): NativeSpawn {
  const libc = koffi.load(null)
  const number = (signature: string): ((...args: readonly unknown[]) => number) => {
    const call = libc.func(signature)
    return (...args) => Number(call(...args))
  }
  const posixSpawn = number(
    'int posix_spawn(void *pid, str path, void *actions, void *attributes, str *argv, str *environment)',
  )
  const initActions = number('int posix_spawn_file_actions_init(void *actions)')
  const destroyActions = number('int posix_spawn_file_actions_destroy(void *actions)')
  const addOpen = number('int posix_spawn_file_actions_addopen(void *actions, int fd, str path, int flags, uint mode)')
  const addDuplicate = number('int posix_spawn_file_actions_adddup2(void *actions, int from, int to)')
  const addClose = number('int posix_spawn_file_actions_addclose(void *actions, int fd)')
  const addDirectory = number('int posix_spawn_file_actions_addchdir_np(void *actions, str path)')
  const initAttributes = number('int posix_spawnattr_init(void *attributes)')
  const setFlags = number('int posix_spawnattr_setflags(void *attributes, short flags)')
  const setDefaults = number('int posix_spawnattr_setsigdefault(void *attributes, void *signals)')
  const setMask = number('int posix_spawnattr_setsigmask(void *attributes, void *signals)')
  const waitpid = number('int waitpid(int pid, void *status, int options)')
  const socketpair = number('int socketpair(int domain, int type, int protocol, void *ends)')
  const recv = number('intptr_t recv(int fd, void *bytes, size_t length, int flags)')
  const send = number('intptr_t send(int fd, void *bytes, size_t length, int flags)')
  const buffer = Buffer.alloc(4096)

  const attributes = (session: boolean): Buffer => {
    const made = Buffer.alloc(LARGER_THAN_EITHER)
    initAttributes(made)
    setDefaults(made, Buffer.alloc(SIGSET_SIZE, 0xff))
    setMask(made, Buffer.alloc(SIGSET_SIZE))
    setFlags(made, SETSIGDEF | SETSIGMASK | (session ? SETSID : 0))
    return made
  }
  const [inSession, inOurs] = [attributes(true), attributes(false)]
  return {
    spawn({ path, argv, environment, session, descriptors }) {
      const actions = Buffer.alloc(LARGER_THAN_EITHER)
      initActions(actions)
      try {
        addDirectory(actions, '/')
        const ordered = inOrder(descriptors)
        for (const [file, , by] of ordered) if (by !== undefined) addDuplicate(actions, file, by)
        for (const [file, to, by] of ordered) {
          if (file === 'null') addOpen(actions, to, '/dev/null', to === 0 ? O_RDONLY : O_RDWR, 0)
          else addDuplicate(actions, by ?? file, to)
          if (by !== undefined) addClose(actions, by)
        }
        const pid = Buffer.alloc(4)
        const by = session ? inSession : inOurs
        const errno = posixSpawn(pid, path, actions, by, [...argv, null], [...environment, null])
        return errno === 0 ? { pid: pid.readInt32LE(0) } : { errno }
      } finally {
        destroyActions(actions)
      }
    },
    bury(pid) {
      const status = Buffer.alloc(4)
      return waitpid(pid, status, WNOHANG) === pid ? status.readInt32LE(0) : undefined
    },
    pair() {
      const ends = Buffer.alloc(8)
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) !== 0) return { errno: koffi.errno() }
      return { ours: ends.readInt32LE(0), theirs: ends.readInt32LE(4) }
    },
    receive(fd) {
      const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT)
      if (length > 0) return buffer.toString('utf8', 0, length)
      return length < 0 && koffi.errno() === EAGAIN ? '' : undefined
    },
    send(fd, text) {
      const bytes = Buffer.from(text)
      send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL)
    },
  }
}

/** A file, its number there, and by which number it goes first if its own is given to another before it is copied. */
type Ordered = readonly [file: number | 'null', to: number, by: number | undefined]

function inOrder(descriptors: SpawnCall['descriptors']): readonly Ordered[] {
  const entries = [...descriptors]
  let free = Math.max(...entries.flatMap(([to, file]) => (file === 'null' ? [to] : [to, file]))) + 1
  return entries.map(([to, file]) => [
    file,
    to,
    file !== to && file !== 'null' && descriptors.has(file) ? free++ : undefined,
  ])
}

/** posix_spawn_file_actions_t has 80 bytes, posix_spawnattr_t 336: glibc and musl, on 64-bit machines. */
const LARGER_THAN_EITHER = 512
/** sigset_t: 1,024 signals. */
const SIGSET_SIZE = 128

const SETSIGDEF = 4
const SETSIGMASK = 8
const SETSID = 128

const O_RDONLY = 0
const O_RDWR = 2
const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const EAGAIN = 11
const WNOHANG = 1

import { spawnSync } from 'node:child_process'
import { accessSync, closeSync, constants, readFileSync, statSync } from 'node:fs'
import { setPriority } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { failure, type Failure } from '../base/failure.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Limit } from '../definition/definition.ts'
import { identityOf, type Identity } from '../decide/identity.ts'
import type { CgroupMaker } from './cgroup-place.ts'
import type { Credentials, GatedProcess, OutputTarget, ProcessTable, SpawnRequest, Spawner } from './host.ts'
import { closeInheritedDescriptors } from './inherited-descriptors.ts'
import { openCapture, type Identify } from './capture-start.ts'
import { openOutput } from './log-output.ts'
import { makeProcessByNative } from './native-process.ts'
import { loadedNative } from './native.ts'
import type { Descriptor, Line, NewProcess, NewProcessRequest } from './new-process.ts'
import { isBelieved } from './notify-senders.ts'
import { openNotifySocket, placeOfEar, type NotifySocket } from './notify-socket.ts'
import { OwnChildren } from './own-children.ts'
import { CONTROL_FD, LOCK_FD, prologueArguments } from './prologue.ts'

/** Starts processes that wait at a gate until their identity has been written down. */
export function gatedSpawner(
  table: ProcessTable,
  cgroups: CgroupMaker,
  directories: { readonly notify: string; readonly captures: string },
  children: OwnChildren = new OwnChildren(),
): Spawner {
  let inherited = true
  const identify = (pid: number): Identity | undefined => {
    const seen = table.read(pid)
    return seen.kind === 'seen' ? identityOf(seen.process, table.bootId()) : undefined
  }
  return {
    resolve: findProgram,
    misfit,
    async spawn(request) {
      if (inherited) closeInheritedDescriptors()
      inherited = false
      const program = programOf(request)
      if (!program.ok) return program
      const outputs = openOutputs(request, directories.captures, identify)
      if (!outputs.ok) return outputs
      const family: Family = { pid: undefined }
      const notify = openNotify(request, directories.notify, table, family)
      if (!notify.ok) {
        outputs.value.close()
        return notify
      }
      const environment =
        notify.value === undefined ? request.environment : { ...request.environment, NOTIFY_SOCKET: notify.value.path }
      const made = await makeProcess({
        path: '/bin/sh',
        args: prologueArguments(request.directory, request.umask, environment, program.value),
        environment,
        detached: request.mode === 'detached',
        descriptors: descriptorsOf(request, outputs.value),
      })
      outputs.value.close()
      if (!made.ok) {
        notify.value?.close()
        return err(failure('failed', 'spawning', `no process can be made: ${made.error}`))
      }
      family.pid = made.value.pid
      const gated = atTheGate(made.value, request, table, notify.value)
      if (gated.ok) children.add(gated.value.identity, gated.value.exited)
      if (!gated.ok) {
        notify.value?.close()
        return gated
      }
      const prepared = prepare(gated.value.identity.pid, request)
      if (!prepared.ok) {
        gated.value.detach()
        return prepared
      }
      if (request.enclosed === 'later') return ok({ ...gated.value, cgroup: undefined })
      const cgroup = cgroups.make(request.key)
      const joined = cgroup !== undefined && cgroups.joinAtOnce(cgroup, gated.value.identity.pid) ? cgroup : undefined
      return ok({ ...gated.value, cgroup: joined })
    },
  }
}

/** Compares what the kernel says with what was asked for. proc_pid_status(5) */
function misfit(pid: number, { user, uid, gid, groups }: Credentials): string | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    return undefined
  }
  const numbers = (name: string): number[] =>
    (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).filter(Boolean).map(Number)
  const wrong = (what: string, expected: number, found: readonly number[]): string | undefined =>
    found.every((id) => id === expected)
      ? undefined
      : `its ${what} is ${found.join(' ')} instead of ${expected} (${user})`
  const extra = numbers('Groups').filter((group) => group !== gid && !groups.includes(group))
  return (
    wrong('uid', uid, numbers('Uid')) ??
    wrong('gid', gid, numbers('Gid')) ??
    (extra.length > 0 ? `it still is in the groups ${extra.join(' ')}` : undefined)
  )
}

/** What only a parent can do to the process while it waits: its priority and its limits. */
function prepare(pid: number, request: SpawnRequest): Result<void, Failure> {
  if (request.nice !== undefined) {
    try {
      setPriority(pid, request.nice)
    } catch (error) {
      return err(
        failure('not-permitted', 'setting priority', `nice ${request.nice} was refused: ${text(error)}`, {
          remedy: 'only root may lower the number',
        }),
      )
    }
  }
  const limits = Object.entries(request.limits)
  if (limits.length === 0) return ok(undefined)
  const set = spawnSync(
    'prlimit',
    ['--pid', String(pid), ...limits.map(([name, limit]) => limitArgument(name, limit))],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  if (set.error === undefined && set.status === 0) return ok(undefined)
  const missing = set.error !== undefined
  return err(
    failure(
      missing ? 'unsupported' : 'not-permitted',
      'setting limits',
      missing ? 'limits are set by prlimit(1), which is not here' : set.stderr.trim().replace(/^prlimit: /, ''),
      { remedy: missing ? 'install util-linux' : 'only root may raise a hard limit' },
    ),
  )
}

const limitArgument = (name: string, { soft, hard }: Limit): string => `--${name}=${soft}:${hard}`

/** The program, and in front of it what changes the user: initgroups(3), setgid(2), setuid(2), in this order. */
function programOf({ argv, credentials }: SpawnRequest): Result<readonly string[], Failure> {
  if (credentials === undefined || isOurselves(credentials)) return ok(argv)
  const setpriv = findProgram('setpriv', process.env['PATH'] ?? '/usr/bin:/bin')
  if (setpriv === undefined) {
    return err(
      failure('unsupported', 'setting user', 'users are changed by setpriv(1), which is not here', {
        remedy: 'install util-linux',
      }),
    )
  }
  const { uid, gid, groups } = credentials
  const supplementary = groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups'
  return ok([setpriv, `--reuid=${uid}`, `--regid=${gid}`, supplementary, '--', ...argv])
}

/** The groups of our own user are already ours. */
const isOurselves = ({ uid, gid }: Credentials): boolean =>
  uid !== 0 && uid === process.geteuid?.() && gid === process.getegid?.()

interface Outputs {
  readonly stdout: number | 'ignore' | 'inherit'
  readonly stderr: number | 'ignore' | 'inherit'
  close(): void
}

function openOutputs(
  { stdout, stderr }: SpawnRequest,
  captureDirectory: string,
  identify: Identify,
): Result<Outputs, Failure> {
  const opened: number[] = []
  const open = (target: OutputTarget): Result<number | 'ignore' | 'inherit', Failure> => {
    if (target.kind === 'inherit') return ok('inherit')
    if (target.kind !== 'file' && target.kind !== 'capture') return ok('ignore')
    const fd = target.kind === 'file' ? openOutput(target) : openCapture(captureDirectory, target, identify)
    if (fd.ok) opened.push(fd.value)
    return fd
  }
  const close = (): void => opened.forEach((fd) => closeSync(fd))
  const out = open(stdout)
  if (!out.ok) return out
  const error = stderr.kind === 'same-as-stdout' ? out : open(stderr)
  if (!error.ok) {
    close()
    return error
  }
  return ok({ stdout: out.value, stderr: error.value, close })
}

/** The process whose word, and whose descendants' word, counts: known once it has been made. */
interface Family {
  pid: number | undefined
}

const openNotify = (
  { notify, key, credentials }: SpawnRequest,
  directory: string,
  table: ProcessTable,
  family: Family,
): Result<NotifySocket | undefined, Failure> => {
  if (!notify) return ok(undefined)
  const uid = credentials?.uid ?? process.geteuid?.() ?? 0
  return openNotifySocket(placeOfEar(directory, key), (sender) => isBelieved(table, { uid, pid: family.pid }, sender))
}

function descriptorsOf(request: SpawnRequest, outputs: Outputs): readonly Descriptor[] {
  const descriptors: Descriptor[] = [
    request.mode === 'foreground' ? 'inherit' : 'ignore',
    outputs.stdout,
    outputs.stderr,
  ]
  for (let fd = 3; fd < LOCK_FD; fd += 1) descriptors[fd] = fd === request.readyFd ? 'line' : 'ignore'
  descriptors[LOCK_FD] = request.lock.fd
  descriptors[CONTROL_FD] = 'line'
  return descriptors
}

/** By posix_spawn(3) where koffi is loaded anyway, as it is by every verb that starts; else by Node. */
async function makeProcess(request: NewProcessRequest): Promise<Result<NewProcess, string>> {
  const native = loadedNative()
  const calls = native?.spawning()
  if (native !== undefined && calls !== undefined) return makeProcessByNative(native, calls, request)
  const { makeProcessByNode } = await import('./node-process.ts')
  return makeProcessByNode(request)
}

type Gated = Omit<GatedProcess, 'cgroup'>

function atTheGate(
  made: NewProcess,
  request: SpawnRequest,
  table: ProcessTable,
  notify: NotifySocket | undefined,
): Result<Gated, Failure> {
  const control = made.line(CONTROL_FD)
  const seen = table.read(made.pid)
  if (control === undefined || seen.kind !== 'seen') {
    return err(failure('failed', 'spawning', 'the new process vanished at once'))
  }
  let said = ''
  let released = false
  const executed = control.hear((text) => (said += text))
  const announcements = request.readyFd === undefined ? undefined : made.line(request.readyFd)
  return ok({
    identity: { bootId: table.bootId(), pid: made.pid, startTime: seen.process.startTime },
    release() {
      released = true
      control.write('go\n')
    },
    stage() {
      if (said.includes('execute\n')) return 'executing'
      return released ? 'changing directory' : 'waiting'
    },
    complaint: () =>
      said
        .split('\n')
        .filter((line) => line !== '' && line !== 'execute')
        .join('; '),
    executed,
    exited: made.exited,
    ready: readiness(announcements, notify),
    patience: () => notify?.patience() ?? 0,
    detach() {
      control.close()
      announcements?.close()
      notify?.close()
      made.unref()
    },
  })
}

function readiness(announcements: Line | undefined, notify: NotifySocket | undefined): GatedProcess['ready'] {
  if (announcements !== undefined) {
    return new Promise((resolve) => {
      void announcements.hear((text) => {
        if (text.includes('\n')) resolve({ mainPid: undefined })
      })
    })
  }
  return notify === undefined ? new Promise(() => {}) : notify.ready
}

/** The first executable file of that name, as execvp(3) finds it. */
export function findProgram(program: string, path: string): string | undefined {
  const candidates = program.includes('/')
    ? [program]
    : path.split(delimiter).map((directory) => join(directory === '' ? '.' : directory, program))
  return candidates.find((candidate) => isAbsolute(candidate) && isExecutable(candidate))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

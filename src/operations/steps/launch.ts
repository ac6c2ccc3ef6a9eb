import { dirname } from 'node:path'
import { failure, type Failure } from '../../base/failure.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Definition, LogTarget } from '../../definition/definition.ts'
import { speaks } from '../../decide/plan/shared-steps.ts'
import type { DaemonRecord } from '../../decide/record.ts'
import type { Credentials, Host, OutputTarget, SpawnRequest } from '../../host/host.ts'
import { describeProbe } from '../describe-probe.ts'
import { environmentOf } from '../environment.ts'
import type { Run, StepOutcome } from '../run.ts'

/** How the process is to stand to our terminal: a daemon has none, `run` lends it ours. */
export interface LaunchMode {
  readonly mode: 'detached' | 'foreground'
}

/**
 * Starts the program: everything that can be known to fail is found out first; then the process is made and waits
 * at its gate; record and pidfile are written; then it goes. Killed anywhere in between, we leave either nothing
 * or a daemon whose identity is on record.
 */
export async function launch(run: Run, { mode }: LaunchMode = { mode: 'detached' }): Promise<StepOutcome> {
  const { host, subject } = run
  const { definition, key } = subject
  const credentials = credentialsFor(host, definition)
  if (!credentials.ok) return credentials
  const user = credentials.value ?? host.users.current()
  const environment = environmentOf(definition, user, host.environment, host.files)
  if (!environment.ok) return environment
  const argv = programFor(host, definition, environment.value['PATH'] ?? '')
  if (!argv.ok) return argv
  const places = preparePlaces(host, definition, credentials.value)
  if (!places.ok) return places
  const taken = await takenAddress(host, definition)
  if (taken !== undefined) return err(taken)

  const token = `${key}-${host.processes.self().pid}-${host.clock.now().toString(36)}`
  const tokened = { ...environment.value, ...watchdogVariables(definition), DAEMONCTL_ID: token }
  const logPath = definition.log.stdout.kind === 'file' ? definition.log.stdout.path : undefined
  const log = logPath === undefined || mode === 'foreground' ? undefined : host.files.logEnd(logPath)
  const output = (target: LogTarget, stream: 'stdout' | 'stderr'): OutputTarget =>
    mode === 'foreground' ? { kind: 'inherit' } : outputTarget(target, { key, stream, definition }, credentials.value)
  const ready = definition.start.ready
  const request: SpawnRequest = {
    key,
    // Others fork and end at once: they wait for the kernel at the gate.
    enclosed: definition.type === 'simple' && mode === 'detached' ? 'later' : 'at-the-gate',
    argv: argv.value,
    environment: tokened,
    directory: definition.directory,
    umask: definition.umask,
    nice: definition.nice,
    limits: definition.limits,
    credentials: credentials.value,
    stdout: output(definition.log.stdout, 'stdout'),
    stderr: output(definition.log.stderr, 'stderr'),
    mode,
    readyFd: ready?.kind === 'fd' ? ready.fd : undefined,
    notify: speaks(definition),
    lock: run.lock,
  }
  const spawned = await host.spawner.spawn(request)
  if (!spawned.ok) return spawned
  const gated = spawned.value
  const record: DaemonRecord = {
    version: 1,
    name: definition.name,
    pidfile: definition.pidfile,
    main: gated.identity,
    phase: definition.type === 'forking' ? 'launching' : 'running',
    executable: undefined,
    uid: user.uid,
    session: mode === 'detached' ? { id: gated.identity.pid, leaderStartTime: gated.identity.startTime } : undefined,
    cgroup: gated.cgroup,
    token,
    pidfileStamp: undefined,
    definitionHash: subject.hash(),
    ...(pings(definition) ? { pings: true } : {}),
    ...(speaks(definition) ? { speaks: true } : {}),
    at: host.clock.now(),
  }
  const written = writeDown(host, key, record)
  if (!written.ok) {
    gated.detach()
    host.records.remove(key)
    return written
  }
  run.record = record
  if (definition.type !== 'forking') run.main = gated.identity
  const launched = {
    gated,
    at: host.clock.monotonic(),
    since: host.clock.now(),
    credentials: credentials.value,
    environment: tokened,
    log,
    exit: undefined,
  }
  run.launched = launched
  void gated.exited.then((exit) => Object.assign(launched, { exit }))
  gated.release()
  return ok(undefined)
}

const pings = ({ health }: Definition): boolean => health?.probe?.kind === 'notify'

/** How often it is to say WATCHDOG=1. A launcher is not the process that will: it has no PID yet. sd_watchdog_enabled(3) */
function watchdogVariables({ type, health }: Definition): Readonly<Record<string, string>> {
  if (health?.probe?.kind !== 'notify') return {}
  const often = { WATCHDOG_USEC: String(Math.round(health.interval * 1000)) }
  return type === 'forking' ? often : { ...often, WATCHDOG_PID: 'self' }
}

/**
 * If something answers the readiness probe before there is a daemon, the probe would prove a stranger ready, and the
 * daemon would likely die of the taken address. Who has it is told as far as we may see it.
 */
async function takenAddress(host: Host, { start: { ready } }: Definition): Promise<Failure | undefined> {
  if (ready === undefined || !(await host.probes.answers(ready))) return undefined
  const address = describeProbe(ready)
  const pids = (await host.processes.list()).map(({ pid, name }) => ({ pid, name }))
  const [kind, place = ''] = address.split(' ')
  const port = /:\d+$/.exec(place)?.[0]
  const holder =
    kind === 'tcp' && port !== undefined
      ? pids.find(({ pid }) =>
          host.processes.listening([pid]).some((socket) => socket.startsWith('tcp ') && socket.endsWith(port)),
        )
      : undefined
  const who = holder === undefined ? 'another process' : `pid ${holder.pid} (${holder.name})`
  return failure('failed', 'awaiting readiness', `${who} already answers its readiness probe, ${address}`, {
    remedy: 'end that one first, or choose another address',
  })
}

/** The record before the pidfile: whoever finds the pidfile finds the identity as well. */
function writeDown(host: Host, key: string, record: DaemonRecord): Result<void, Failure> {
  const recorded = host.records.write(key, record)
  if (!recorded.ok || record.phase === 'launching') return recorded
  return host.pidfiles.write(record.pidfile, record.main.pid)
}

/** undefined: the daemon runs as whoever runs us. */
export function credentialsFor(host: Host, definition: Definition): Result<Credentials | undefined, Failure> {
  const { user, group } = definition
  if (user === undefined && group === undefined) return ok(undefined)
  const found = host.users.credentials(user ?? String(host.processes.self().uid), group)
  if (!found.ok) {
    return err(
      failure('not-configured', 'setting user', found.error, { remedy: 'make the user, or mend the definition' }),
    )
  }
  const self = host.processes.self().uid
  if (self !== 0 && found.value.uid !== self) {
    return err(
      failure('not-permitted', 'setting user', `only root may start it as ${found.value.user}`, {
        remedy: 'run daemonctl as root',
      }),
    )
  }
  return ok(found.value)
}

function programFor(
  host: Host,
  { command }: Definition,
  path: string,
): Result<readonly [string, ...string[]], Failure> {
  const [program = '', ...rest] = command.argv
  const resolved = host.spawner.resolve(program, path)
  if (resolved !== undefined) return ok([resolved, ...rest])
  const there = program.includes('/') && host.files.exists(program)
  return err(
    failure(
      'not-installed',
      'executing',
      there ? `${program} is there but cannot be executed` : `the program ${program} is not installed`,
      { remedy: there ? `chmod +x ${program}` : `install it, or mend "command" (PATH is ${path})` },
    ),
  )
}

function preparePlaces(
  host: Host,
  definition: Definition,
  credentials: Credentials | undefined,
): Result<void, Failure> {
  const { directory, pidfile, type } = definition
  if (!host.files.isDirectory(directory)) {
    return err(
      failure('not-configured', 'changing directory', `${directory} is not a directory`, {
        remedy: 'make it, or mend "directory"',
      }),
    )
  }
  // A daemon that writes its own pidfile must be able to, as the user it runs as.
  return host.files.makeDirectory(dirname(pidfile), 0o755, type === 'forking' ? credentials : undefined)
}

function outputTarget(
  target: LogTarget,
  whose: { readonly key: string; readonly stream: 'stdout' | 'stderr'; readonly definition: Definition },
  credentials: Credentials | undefined,
): OutputTarget {
  const { log } = whose.definition
  switch (target.kind) {
    case 'file':
      if (log.capture) return { kind: 'capture', to: target, owner: credentials, ...whose }
      return { kind: 'file', path: target.path, mode: log.mode, owner: credentials }
    case 'null':
    case 'same-as-stdout':
      return target
    case 'passed-on':
      return { kind: 'capture', to: target, owner: credentials, ...whose }
  }
}

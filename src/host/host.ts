import type { Milliseconds } from '../base/duration.ts'
import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { SignalName } from '../base/signals.ts'
import type { Command, Definition, Limit, LimitName, Probe } from '../definition/definition.ts'
import type { DefinitionContext } from '../definition/scope.ts'
import type { Exit } from '../decide/exit.ts'
import type { Identity } from '../decide/identity.ts'
import type { Anatomy, PidfileSight, Writing } from '../decide/prove/sight.ts'
import type { PidfileReading } from '../decide/pidfile.ts'
import type { Want } from '../decide/plan/step.ts'
import type { EpochMilliseconds, ProcessFacts, ProcessReading } from '../decide/process-facts.ts'
import type { DaemonRecord, RecordReading } from '../decide/record.ts'
import type { Liveliness } from '../decide/settling.ts'
import type { CaptureTarget } from './capture-target.ts'
import type { LogFiles } from './log-files.ts'
import type { NotifyEars } from './notify.ts'
import type { Tell } from './own-log.ts'

export type { Exit }

/**
 * Everything that the verbs may do to the world, and the only way in which they do it. There is one real host
 * (host/real-host.ts) and one made of data for the simulation (test/simulation/fake-host.ts).
 *
 * What cannot go wrong in a way that a caller could mend throws; what can is a `Result`.
 */
export interface Host {
  readonly clock: Clock
  readonly processes: ProcessTable
  readonly signaller: Signaller
  readonly spawner: Spawner
  readonly commands: CommandRunner
  readonly probes: Prober
  readonly pidfiles: PidfileStore
  readonly records: RecordStore
  readonly wishes: WishStore
  readonly scales: ScaleStore
  readonly history: HistoryStore
  readonly locks: LockKeeper
  readonly cgroups: CgroupKeeper
  readonly files: Files
  readonly logs: LogFiles
  readonly captures: Captures
  readonly ears: NotifyEars
  readonly users: UserDatabase
  /** Tells of what is decided and done, where somebody wants to know: DAEMONCTL_LOG, --debug. */
  readonly tell?: Tell
  /** The environment that we were given. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Clock {
  now(): EpochMilliseconds
  /** A clock that nobody sets. */
  monotonic(): Milliseconds
  /** Ends early, without an error, when `signal` is aborted. */
  sleep(span: Milliseconds, signal?: AbortSignal): Promise<void>
}

export interface ProcessTable {
  bootId(): string
  bootedAt(): EpochMilliseconds
  /** The largest PID there can be. */
  pidMax(): number
  self(): { readonly pid: number; readonly uid: number }
  /**
   * The process of a PID. Where it is already known by its start time, less has to be asked; what is asked then,
   * its program and its signals, is read when it is looked at.
   */
  read(pid: number, startTime?: number): ProcessReading
  list(): Promise<readonly ProcessFacts[]>
  /**
   * As `list`, with what a monitor asks of each, as cheap as it can be, and good until the next survey; undefined:
   * nothing is cheap here.
   */
  survey(): readonly SurveyedProcess[] | undefined
  /** What was made after that process by others than us, and perhaps more: everything, where PIDs have begun anew. */
  madeSince(pid: number): Promise<readonly NewProcessFacts[]>
  /** The value of DAEMONCTL_ID in a process's environment. */
  token(pid: number): TokenReading
  liveliness(pid: number): Liveliness | undefined
  /** Memory (RSS), CPU time, descriptors and threads of one process. */
  usage(pid: number): ProcessUsage | undefined
  /** What a survey does not tell: memory (RSS) and descriptors. */
  holdings(pid: number): ProcessHoldings | undefined
  /** Its part of the memory that it shares with others, and its own (PSS). The kernel walks all its pages for it. */
  proportionalMemory(pid: number): number | undefined
  /** What these processes listen on: "tcp 127.0.0.1:80", "unix /run/x.sock". */
  listening(pids: readonly number[]): readonly string[]
}

export interface SurveyedProcess extends ProcessFacts {
  /** User and system time. */
  readonly cpuTime: Milliseconds
  readonly threads: number
  /** Its cgroup, as /proc/PID/cgroup has it: only to be compared with that of another process. */
  readonly cgroup: string | undefined
}

/** A process that was made a moment ago. Its token is read when it is asked for. */
export interface NewProcessFacts extends ProcessFacts {
  token(): TokenReading
}

export type TokenReading =
  | { readonly kind: 'token'; readonly token: string }
  /** Its environment is there to see, and has none: no start of ours began it. */
  | { readonly kind: 'none' }
  /** We may not see it, or it has written over it, as programs do that retitle themselves. */
  | { readonly kind: 'unreadable' }

export interface ProcessHoldings {
  readonly rss: number
  readonly descriptors: number | undefined
}

export interface ProcessUsage extends ProcessHoldings {
  readonly cpuTime: Milliseconds
  readonly threads: number
}

export type SignalOutcome = 'sent' | 'gone' | 'not-permitted'

export interface Signaller {
  /** Loads now what signalling will need: locks are taken faster with it. */
  prepare(): void
  /** Signals exactly this process: by pidfd, or by comparing its identity right before. */
  send(identity: Identity, signal: SignalName): SignalOutcome
  /**
   * Resolves when the process has ended (a zombie has), or at once if it is not there, with how it ended as far
   * as the kernel tells; with undefined when aborted.
   */
  ended(identity: Identity, signal: AbortSignal): Promise<Exit | undefined>
  /** Whether the kernel tells of the end of that process, or it has to be asked for now and then. */
  notices(identity: Identity): 'told' | 'asked'
}

/** What a new process is to be. Every name is resolved, every path absolute. */
export interface SpawnRequest {
  /** The key of the daemon, for its cgroup. */
  readonly key: string
  /** Whether it is put into its cgroup while it waits at the gate, or by whoever asks for it once it runs. */
  readonly enclosed: 'at-the-gate' | 'later'
  readonly argv: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly umask: number
  readonly nice: number | undefined
  readonly limits: Readonly<Partial<Record<LimitName, Limit>>>
  readonly credentials: Credentials | undefined
  readonly stdout: OutputTarget
  readonly stderr: OutputTarget
  /** detached: a session of its own and no terminal; foreground: our terminal, our process group. */
  readonly mode: 'detached' | 'foreground'
  /** The descriptor on which it announces its readiness by a line. */
  readonly readyFd: number | undefined
  /** Give it a NOTIFY_SOCKET, where it is heard until it is ready, and later by whoever listens. sd_notify(3) */
  readonly notify: boolean
  /** Held by the new process as well, until it executes its program. */
  readonly lock: HeldLock
}

export type OutputTarget =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: number
      readonly owner: { readonly uid: number; readonly gid: number } | undefined
    }
  | { readonly kind: 'null' }
  | { readonly kind: 'inherit' }
  | { readonly kind: 'same-as-stdout' }
  | CaptureTarget

export interface Credentials {
  readonly user: string
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly home: string
  readonly shell: string
}

/**
 * A process that exists, with its final PID and identity, but waits at the gate: it executes its program when it
 * is released and ends by itself if we die before. So the record can be written before there is a daemon.
 */
export interface GatedProcess {
  readonly identity: Identity
  /** Where it was put at the gate; undefined: nowhere, or not yet. */
  readonly cgroup: string | undefined
  release(): void
  /** Where it has come to on the way to its program: for failures. */
  stage(): 'waiting' | 'changing directory' | 'setting limits' | 'setting user' | 'executing'
  /** What went wrong on that way, in the words of who noticed. */
  complaint(): string
  /** The program is being executed (or the process has ended). */
  readonly executed: Promise<void>
  readonly exited: Promise<Exit>
  /** Its line on the ready descriptor, or READY=1 on the notify socket with MAINPID if it said one. */
  readonly ready: Promise<{ readonly mainPid: number | undefined }>
  /** Until when, by the monotonic clock, it has asked to be waited for at least. sd_notify(3), EXTEND_TIMEOUT_USEC */
  patience(): Milliseconds
  /** Let go of what watches it: the process lives on. */
  detach(): void
}

export interface Spawner {
  spawn(request: SpawnRequest): Promise<Result<GatedProcess, Failure>>
  /** Finds a program by PATH; undefined if it is nowhere or may not be executed. */
  resolve(program: string, path: string): string | undefined
  /** What about the user and groups of a process is not as it should be; undefined: nothing. */
  misfit(pid: number, credentials: Credentials): string | undefined
}

export interface CommandRequest {
  readonly command: Command
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly credentials: Credentials | undefined
  readonly within: Milliseconds
}

export interface CommandOutcome {
  readonly exit: Exit
  readonly timedOut: boolean
  /** The end of what it wrote to both streams. */
  readonly output: readonly string[]
  /** Why it could not be run at all. */
  readonly unable: string | undefined
}

/** Runs a command to its end: config tests, hooks, stop and reload commands. */
export interface CommandRunner {
  run(request: CommandRequest): Promise<CommandOutcome>
}

export interface ProbeContext {
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly credentials: Credentials | undefined
  /** A file counts as ready only if it was written since. */
  readonly since: EpochMilliseconds
  /** Where the daemon's log stood before the start, for log probes. */
  readonly logSince: LogPosition | undefined
}

/** What can be asked again and again of a daemon that runs. */
export type HealthProbe = Extract<Probe, { kind: 'tcp' | 'unix' | 'http' | 'command' | 'file' }>

export interface Prober {
  /** Resolves with true once the probe succeeds; with false when aborted. Only for kinds that can be asked from outside. */
  succeeds(
    probe: Exclude<Probe, { kind: 'fd' | 'notify' }>,
    context: ProbeContext,
    signal: AbortSignal,
  ): Promise<boolean>
  /** Asks once whether it is well: "no" is an answer as well. False also if there is none in time, or when aborted. */
  isWell(probe: HealthProbe, context: ProbeContext, within: Milliseconds, signal: AbortSignal): Promise<boolean>
  /** Asks an address once: does anything answer there already? Of other kinds nothing can be said. */
  answers(probe: Probe): Promise<boolean>
  /** Whether notify sockets can be had on this host; otherwise why not. */
  notifySupport(): Result<void, string>
}

export interface PidfileStore {
  /** What is `known` of a file that has not changed since is not read again. */
  read(path: string, known?: { readonly stamp: string; readonly pid: number }): PidfileReading
  /** Atomically, mode 0644 whatever the umask, its directory made if it is missing. */
  write(path: string, pid: number): Result<void, Failure>
  /** Removes it if it still is the file that was read; a missing one is no error. */
  remove(path: string, expected: PidfileReading): void
  /** Resolves when something about the path may have changed, or when aborted. */
  changed(path: string, signal: AbortSignal): Promise<void>
}

export interface RecordStore {
  read(key: string): RecordReading
  write(key: string, record: DaemonRecord): Result<void, Failure>
  remove(key: string): void
  /** The definition of the last start that succeeded, for --rollback. */
  readLastGood(key: string): string | undefined
  writeLastGood(key: string, definition: string): void
}

export interface Wish {
  readonly version: 1
  readonly want: Want
  /** Watchers are to leave it alone. Outlives starts and stops. */
  readonly paused: boolean
  readonly at: EpochMilliseconds
  readonly by: Actor
}

/** Who did it. */
export interface Actor {
  readonly uid: number
  /** The user who logged in, whatever became of the uid since. pam_loginuid(8) */
  readonly loginUid: number | undefined
  readonly user: string | undefined
  readonly terminal: string | undefined
  readonly parent: string | undefined
}

export interface WishStore {
  read(key: string): Wish | undefined
  write(key: string, wish: Wish): Result<void, Failure>
}

/** How many instances of a definition there are to be, whatever it says itself. */
export interface Scale {
  /** The file of the definition, every symbolic link resolved: two projects may have daemons of one name. */
  readonly file: string
  /** The name without an instance. */
  readonly name: string
  readonly instances: number
  /** The highest instance that there has been: one beyond `instances` may run yet. */
  readonly highest: number
  readonly at: EpochMilliseconds
  readonly by: Actor
}

/** Whoever reads to write holds a lock. */
export interface ScaleStore {
  /** Where they are kept: it changes whenever one of them does. */
  readonly path: string
  read(): readonly Scale[]
  write(scale: Scale): Result<void, Failure>
  forget(scale: Pick<Scale, 'file' | 'name'>): Result<void, Failure>
}

export interface HistoryEntry {
  readonly version: 1
  readonly at: EpochMilliseconds
  readonly name: string
  readonly verb: string
  readonly result: 'done' | 'nothing' | 'failed'
  readonly pid: number | undefined
  /** How the daemon ended, where it was seen. */
  readonly exit: Exit | undefined
  readonly outOfMemory: boolean
  readonly message: string
  readonly took: Milliseconds
  readonly by: Actor
}

export interface HistoryStore {
  append(key: string, entry: HistoryEntry): void
  /** All of it, or the last entries. */
  read(key: string, last?: number): readonly HistoryEntry[]
  /** Another text whenever something was added. */
  version(key: string): string
  actor(): Actor
}

/** A kernel lock of ours: gone when it is released or when every process that holds it has died. flock(2) */
export interface HeldLock {
  readonly fd: number
  release(): void
}

export interface LockKeeper {
  /**
   * One verb at a time per daemon. While another holds it, `waiting` is told who, and how long yet.
   * After `within` the failure names the holder.
   */
  acquire(
    key: string,
    purpose: string,
    within: Milliseconds,
    waiting: (holder: string) => void,
  ): Promise<Result<HeldLock, Failure>>
}

export interface CgroupKeeper {
  /** The path of a cgroup for the daemon of that key; undefined if none can be had. */
  make(key: string): string | undefined
  /** The same path if it has been made. */
  placeOf(key: string): string | undefined
  /** Moves a process there. It takes the kernel milliseconds (RCU), in which we do other things. */
  join(path: string, pid: number): Promise<boolean>
  /** The PIDs in a cgroup and those below it; undefined if there is no such cgroup. */
  members(path: string): readonly number[] | undefined
  /** SIGKILL to everything in it at once. cgroups(7), cgroup.kill. False: the kernel cannot. */
  kill(path: string): boolean
  remove(path: string): void
  /** How often the kernel killed something in it for lack of memory. */
  outOfMemoryKills(path: string): number
  /** Resolves when no process is left in it, or there is no such cgroup, or when aborted. cgroups(7), cgroup.events */
  emptied(path: string, signal: AbortSignal): Promise<void>
}

/** A place in a growing file. */
export interface LogPosition {
  readonly path: string
  readonly offset: number
}

export interface Files {
  exists(path: string): boolean
  /** The path with every symbolic link resolved, or itself if it cannot be. */
  realPath(path: string): string
  isDirectory(path: string): boolean
  /** What a script's first line names: a path or a name to look up. Undefined: no script, or not to be read. */
  interpreter(path: string): string | undefined
  /** Text of a file that configures what root does: refused if others may write it. */
  readTrusted(
    path: string,
  ): Result<string, { readonly missing: boolean; readonly why: string; readonly remedy: string }>
  /** What keeps root from executing a file: somebody else may write it. Undefined: nothing, or we are not root. */
  distrust(path: string): { readonly why: string; readonly remedy: string } | undefined
  /** Makes a directory, with what leads to it, if it is missing; owned by `owner`. */
  makeDirectory(path: string, mode: number, owner: { uid: number; gid: number } | undefined): Result<void, Failure>
  touch(path: string): Result<void, Failure>
  remove(path: string): void
  logEnd(path: string): LogPosition
  /** The last lines of a log, only those after `since` if it is given. */
  tail(path: string, lines: number, since?: LogPosition): readonly string[]
}

/** One stream of a daemon whose output goes through a pipe to a reader. */
export interface CapturedStream {
  readonly stream: 'stdout' | 'stderr'
  /** over: nobody writes to it any more; busy: somebody begins or ends to read it just now. */
  readonly is: 'read' | 'unread' | 'over' | 'busy'
  /** Who starts its reader again if that is killed; undefined: nobody. */
  readonly keeper: Identity | undefined
}

/** Captured output, by the key of a daemon. Of a daemon that is not captured there are no streams. */
export interface Captures {
  look(key: string): readonly CapturedStream[]
  /**
   * Has what nobody reads read again, and tells how it was before. `passOn`: also what is to be passed on to a standard
   * output, which is then ours.
   */
  revive(key: string, how: { readonly passOn: boolean }): Result<readonly CapturedStream[], Failure>
  /** Keeps what is in the pipes there, whoever is killed. */
  hold(key: string): { close(): void }
}

export interface UserDatabase {
  /** By name or number, with the groups that login would give. initgroups(3) */
  credentials(user: string, group: string | undefined): Result<Credentials, string>
  uid(user: string): number | undefined
  /** Ourselves. */
  current(): Credentials
}

/** A file of definitions that may be read by us, or why it may not. */
export interface FoundDefinition {
  readonly path: string
  /** As problems name it: relative to the current directory where that is shorter. */
  readonly shownPath: string
  readonly directory: string
  readonly kind: 'single' | 'project'
  /** For `single`: the name that the file gives its daemon. */
  readonly name: string
  readonly text: Result<string, { readonly missing: boolean; readonly why: string; readonly remedy: string }>
}

/** Where definitions are looked for. */
export interface DefinitionLibrary {
  at(path: string): FoundDefinition
  /** The project file in reach, and the files in the directories of the user and of the system. */
  everywhere(): readonly FoundDefinition[]
  /** Where a daemon of this name may be defined, the nearer first; only files that exist. */
  named(base: string): readonly FoundDefinition[]
  /** For people: where was looked. */
  places(): readonly string[]
}

/** What was made of a text of definitions, kept between runs. */
export interface CachedDaemon {
  readonly definition: Definition
  readonly file: string
  readonly base: string
  readonly template: boolean
}

/** Everything that the outcome of parsing depends on. */
export interface ParsedFrom {
  readonly text: string
  readonly context: DefinitionContext
}

/** Parsing and checking a thousand definitions takes longer than all the rest of a status. */
export interface DefinitionCache {
  read(name: string, from: ParsedFrom): readonly CachedDaemon[] | undefined
  write(name: string, from: ParsedFrom, daemons: readonly CachedDaemon[]): void
}

/** The socket at which a watcher can be asked: RUNTIME/watch.sock. unix(7) */
export interface ControlSocket {
  readonly path: string
  /**
   * Takes the place, also that of a dead watcher's socket: only whoever holds the watcher's lock may.
   * Everything but a socket of ours that nobody answers at is refused.
   */
  listen(options: ControlListening): Promise<Result<ControlListener, Failure>>
  /** Undefined: nobody answers there within the time, or the socket is not to be trusted. */
  connect(within: Milliseconds, handlers: ControlHandlers): Promise<ControlConnection | undefined>
}

export interface ControlListening {
  /** The watcher's lock. */
  readonly lock: HeldLock
  /** Who may connect besides ourselves and root. */
  readonly gid: number | undefined
  readonly serve: (connection: ControlConnection) => ControlHandlers
  /** What the one too many is told before the connection ends. */
  readonly tooManyClients: string
}

export interface ControlListener {
  /** Ends it and every connection, once what was sent has left, and removes the socket. */
  close(): Promise<void>
}

/** Lines of text both ways. Their bounds are in host/control-socket.ts. */
export interface ControlConnection {
  /** Who is at the other end, where the kernel tells. unix(7), SO_PEERCRED */
  readonly peer: Actor | undefined
  /** Sends a line; after the end of the connection, nothing. */
  send(line: string): void
  /** Bytes that were sent and that the other end has not taken yet. */
  queued(): number
  /** Between the two no line comes. */
  pause(): void
  resume(): void
  /** Ends it when all that was sent has left. */
  close(): void
}

/** What happens on a connection. `closed` is the last, and comes once. */
export interface ControlHandlers {
  line(text: string): void
  /** A line was longer than is read; it is left out. */
  tooLong(): void
  /** Everything that was sent has left. */
  drained(): void
  /** The other end will not say any more, but may listen yet. */
  ended(): void
  /** Nothing came and nothing went for a while. */
  idle(): void
  closed(): void
}

/** One action of an init script, called from outside as an init would call it. */
export interface ScriptCall {
  readonly argv: readonly string[]
  /** All of it: nothing else is there. */
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly umask: number
  /** Otherwise it is /dev/null. */
  readonly inputClosed: boolean
  readonly credentials: Credentials | undefined
  readonly within: Milliseconds
}

export interface ScriptOutcome {
  readonly exit: Exit
  readonly timedOut: boolean
  /** Its output was not at an end a while after its own. */
  readonly outputHeld: boolean
  readonly output: readonly string[]
  readonly took: Milliseconds
}

/** A process of ours that tells what signals it gets. It ends with us. */
export interface Stranger {
  readonly pid: number
  /** What it has got since the last question; of the dead, what it died of. */
  signals(): Promise<{ readonly alive: boolean; readonly signals: readonly SignalName[] }>
  end(): void
}

/** What a conformance test does to the world besides looking at it. */
export interface TestBench {
  call(call: ScriptCall): Promise<ScriptOutcome>
  /** A process whose command has this name and whose first word is `title`. */
  begin(name: string, title: string): Promise<Stranger>
  /** The text of a pidfile, whoever may write it: nothing is signalled by it. Undefined: there is none. */
  readPidfile(path: string): string | undefined
  /** Older than the bench, with the owner and mode that it last had; its directory is made if it is missing, and removed by close(). */
  writePidfile(path: string, text: string): Result<void, Failure>
  removePidfile(path: string): void
  /** The script's own text, to find out its pidfile. */
  readScript(path: string): Result<string, string>
  /** An empty directory, where an action may be called from. */
  readonly directory: string
  /** Ends every stranger and lets go of everything. */
  close(): void
}

/** What an examination of a daemon looks at besides. */
export interface ProofBench extends TestBench {
  /** Undefined: it has ended. What we may not see of it is left out. */
  anatomy(pid: number): Anatomy | undefined
  pidfileSight(path: string): PidfileSight | undefined
  /** Looks on from now how a file comes to be that is not there yet. */
  traceWriting(path: string): { end(): Writing }
  rename(from: string, to: string): Result<void, Failure>
}

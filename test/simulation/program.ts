import type { Milliseconds } from '../../src/base/duration.ts'
import type { Exit } from '../../src/host/host.ts'

/** How a program of the simulated world behaves once it is executed. */
export interface Program {
  readonly path: string
  /** execve(2) never comes back: its file system hangs. */
  readonly neverExecuted?: boolean
  /** It asks at once to be waited for so long. sd_notify(3), EXTEND_TIMEOUT_USEC */
  readonly asksFor?: Milliseconds
  /** It reads its configuration, or whatever keeps it busy, for so long. */
  readonly busy: Milliseconds
  /** It ends by itself after this time. */
  readonly livesFor: Milliseconds | undefined
  readonly endsWith: Exit
  /** How long it takes to end in good order when TERM comes; undefined: it ignores TERM. */
  readonly onTerm: Milliseconds | undefined
  readonly onHup: 'reloads' | 'ignores' | 'dies' | 'changes-main-pid'
  /** What it says of it when it reloads, and when: sd_notify(3). */
  readonly says?: readonly { readonly after: Milliseconds; readonly text: string }[]
  /** The same when TERM comes. */
  readonly saysAtEnd?: readonly { readonly after: Milliseconds; readonly text: string }[]
  readonly workers: number
  /** kept: its children; escaped: each in a session of its own, with init for a parent. */
  readonly workersAre: 'kept' | 'escaped'
  readonly workersIgnoreTerm: boolean
  /** In good order it takes its workers with it. */
  readonly endsWorkers: boolean
  /** KILL does not end it before this time is over: it hangs in the kernel. */
  readonly hangs: Milliseconds
  readonly suspendsItself: boolean
  /** It writes this pidfile: always when it is forking, and when its main PID changes. */
  readonly pidfile: string
  readonly removesPidfile: boolean
  readonly forking: Forking | undefined
}

/** How a program puts itself into the background. */
export interface Forking {
  /** The daemon is made so long after the launcher was executed. */
  readonly forksAfter: Milliseconds
  /** twice: the daemon is no session leader, and the leader of its session is gone. */
  readonly forks: 'once' | 'twice'
  /** From the birth of the daemon; undefined: it never writes one. */
  readonly pidfileAfter: Milliseconds | undefined
  /** From the birth of the daemon; undefined: the launcher never ends. */
  readonly launcherEndsAfter: Milliseconds | undefined
  readonly launcherExit: number
  /** The daemon dies so long after its birth, of a taken port for example. */
  readonly daemonDiesAfter: Milliseconds | undefined
}

export const PIDFILE = '/run/daemonctl/app.pid'

/** An obedient daemon without workers. */
export const OBEDIENT: Program = {
  path: '/usr/bin/appd',
  busy: 20,
  livesFor: undefined,
  endsWith: { kind: 'code', code: 1 },
  onTerm: 30,
  onHup: 'reloads',
  workers: 0,
  workersAre: 'kept',
  workersIgnoreTerm: false,
  endsWorkers: true,
  hangs: 0,
  suspendsItself: false,
  pidfile: PIDFILE,
  removesPidfile: false,
  forking: undefined,
}

/** Puts itself into the background as the books say. */
export const FORKING: Forking = {
  forksAfter: 20,
  forks: 'once',
  pidfileAfter: 10,
  launcherEndsAfter: 20,
  launcherExit: 0,
  daemonDiesAfter: undefined,
}

export const program = (differences: Partial<Program>): Program => ({ ...OBEDIENT, ...differences })

export const forking = (differences: Partial<Forking> = {}, others: Partial<Program> = {}): Program =>
  program({ removesPidfile: true, ...others, forking: { ...FORKING, ...differences } })

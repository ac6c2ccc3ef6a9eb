import type { Milliseconds } from '../../base/duration.ts'
import type { SignalName } from '../../base/signals.ts'
import type { Command, DaemonType, HookName, Probe } from '../../definition/definition.ts'

/**
 * One thing that a verb does. A plan is a list of them, made before anything is touched; `--dry-run` prints the
 * list and the real run performs it, one after the other, until one fails. What a step needs to know of the
 * world at its time (has the daemon ended? which PID did it take?) it looks up when it is performed.
 */
export type Step =
  | { readonly do: 'test-config'; readonly command: Command }
  | { readonly do: 'run-hook'; readonly hook: HookName; readonly command: Command; readonly within: Milliseconds }
  /** Make the operator's wish durable, before it is carried out; `paused`: whether watchers are to leave it alone. */
  | { readonly do: 'wish'; readonly want: Want; readonly paused?: boolean }
  /** Remove a pidfile that names no living daemon, if it still says what was judged. */
  | { readonly do: 'discard-pidfile'; readonly path: string; readonly why: string }
  | Launch
  /** Wait for the pidfile of a daemon that detaches itself, and learn its identity. */
  | { readonly do: 'await-pidfile'; readonly path: string; readonly within: Milliseconds }
  | { readonly do: 'await-ready'; readonly probe: Probe; readonly within: Milliseconds }
  /** No probe: it has started when it has lived quietly for a while, see decide/settling.ts. */
  | { readonly do: 'settle'; readonly quiet: Milliseconds; readonly within: Milliseconds }
  | { readonly do: 'make-lock-file'; readonly path: string }
  | { readonly do: 'run-stop-command'; readonly command: Command; readonly within: Milliseconds }
  | End
  /** Perform `steps` again and again until the daemon has ended: the schedule's "forever". */
  | { readonly do: 'repeat'; readonly steps: readonly End[] }
  /** Nothing of what an earlier start has left behind may live: beside it something else would be a second copy. */
  | { readonly do: 'verify-gone' }
  /** Everything of it has ended: remove pidfile, record, lock file and cgroup. */
  | { readonly do: 'forget'; readonly pidfile: string; readonly lockFile: string | undefined }
  /** Hear what the daemon says of the reload or of its end; `demanded`: it is a failure if it says nothing. sd_notify(3) */
  | { readonly do: 'listen'; readonly of: 'reload' | 'end'; readonly demanded: boolean }
  | { readonly do: 'send'; readonly signal: SignalName; readonly because: 'reload' | 'signal' }
  | { readonly do: 'run-reload-command'; readonly command: Command; readonly within: Milliseconds }
  /** Read the pidfile again: a reload may have given the daemon a new main PID. */
  | { readonly do: 'follow'; readonly path: string; readonly within: Milliseconds }
  /** If it has said RELOADING=1, or must say so: wait for READY=1. */
  | { readonly do: 'await-reloaded'; readonly within: Milliseconds; readonly demanded: boolean }

export interface Launch {
  readonly do: 'launch'
  readonly type: DaemonType
  readonly command: Command
  readonly directory: string
  readonly user: string | undefined
  readonly pidfile: string
}

/** Send a signal and wait for the end of all that it should end. Skipped once nothing is left. */
export interface End {
  readonly do: 'end'
  readonly signal: SignalName
  readonly within: Milliseconds
  /**
   * main-first: the main process, and when it has died whatever is left;
   * all: everything at once; main: the main process and nothing else.
   */
  readonly reach: 'main-first' | 'all' | 'main'
}

export type Want = 'up' | 'down'

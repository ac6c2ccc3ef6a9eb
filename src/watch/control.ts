import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { Request } from '../decide/plan/plan.ts'
import type { Want } from '../decide/plan/step.ts'
import type { EpochMilliseconds } from '../decide/process-facts.ts'
import type { Phase } from '../decide/watch/state.ts'
import type { Level, Telling } from '../decide/watch/telling.ts'
import type { Actor } from '../host/host.ts'
import type { ActOptions, Outcome } from '../operations/act.ts'
import type { PauseOutcome } from '../operations/pause.ts'
import type { Progress } from '../operations/run.ts'

/**
 * What can be asked of a watcher from outside: everything that the control socket offers, and nothing of sockets.
 * The watcher implements it; control-server.ts speaks it as JSON-RPC; docs/control-socket.md describes that.
 */
export interface WatchControl {
  /** Every daemon that is watched. */
  list(): readonly WatchReport[]
  find(name: string): WatchReport | undefined
  /** One verb, as operations/act.ts does it; the daemon is one of `list`. Never rejects. */
  act(name: string, request: Request, options: ControlledActOptions, progress: Progress): Promise<Outcome>
  /** Stop watching it and leave it as it is: durable. Never rejects. */
  pause(name: string, options: Asked): Promise<PauseOutcome>
  /** Watch it again: durable. Never rejects. */
  resume(name: string, options: Asked): Promise<PauseOutcome>
  /** A verb that its definition adds: `[actions]`. The value is what the action wrote. */
  runAction(
    name: string,
    action: string,
    args: readonly string[],
    options: Asked,
  ): Promise<Result<readonly string[], Failure>>
  /** Called in order, and not after it was ended by the function that is returned. Must not throw. */
  subscribe(listener: (event: ControlEvent) => void): () => void
  /** Read the definitions again and apply the difference; if one is bad, the old ones stay in force. */
  reloadDefinitions(): Promise<Result<DefinitionsDifference, Failure>>
  /** Look again how many instances there are of what is watched; nothing else is read again. */
  rescale(): Promise<Result<DefinitionsDifference, Failure>>
  /** End the watcher: leave its daemons running, or stop them first. Returns before that is done. */
  shutdown(how: 'leave' | 'stop'): void
}

/** Who asked, as far as the kernel tells: for wishes and history. Undefined: it does not; then it was us. */
export interface Asked {
  readonly by: Actor | undefined
}

export interface ControlledActOptions extends ActOptions, Asked {}

/** One daemon as its watcher sees it. */
export interface WatchReport {
  readonly name: string
  /** What its record, wish and lock are filed under. */
  readonly key: string
  /** The hash of the definition that is in force. */
  readonly hash: string
  readonly phase: Phase['kind']
  readonly want: Want
  readonly paused: boolean
  readonly pid: number | undefined
  /** Since when it is in this phase. */
  readonly since: EpochMilliseconds
  /** When it is started or looked at again, in the phases that wait for the clock. */
  readonly nextAt: EpochMilliseconds | undefined
  /** Respawns altogether. */
  readonly respawns: number
  /** Starts within the burst limit's window, and how many there may be. */
  readonly inWindow: number
  readonly burst: number
  /** For people: "backing off, next start in 4 s, 3 of 5 in 1 min". No full stop. */
  readonly sentence: string
}

/** Something that the watcher noticed, decided or did. */
export interface ControlEvent {
  readonly at: EpochMilliseconds
  /** The daemon; undefined: it is about the watcher itself. */
  readonly name: string | undefined
  readonly kind: Telling['kind'] | OwnEventKind
  readonly level: Level
  /** One sentence for people, without a full stop. */
  readonly message: string
  /** The daemon afterwards. */
  readonly report: WatchReport | undefined
  /** What was told, where the kind is one of its kinds. */
  readonly telling: Telling | undefined
}

/** What happens to a watcher rather than to a daemon's process. */
type OwnEventKind =
  /** The wish changed: started, stopped, paused, resumed. */
  | 'wished'
  /** A definition was added, changed or removed. */
  | 'watched'
  | 'redefined'
  | 'unwatched'
  /** Its log was rotated, or could not be. */
  | 'log'
  /** Definitions were read again, or could not be. */
  | 'definitions'
  /** The watcher ends. */
  | 'shutdown'

export interface DefinitionsDifference {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { PatternMemory } from '../decide/pattern/state.ts'
import type { ProcessFacts, ProcessLooks } from '../decide/process-facts.ts'
import type { Host } from './host.ts'

/** What watching a pattern needs of the world besides what the verbs need. */
export interface PatternHost extends Host {
  /** What a process of the list looks like: read when it is asked for. */
  looks(process: ProcessFacts): ProcessFacts & ProcessLooks
  readonly daemons: DaemonIndex
  readonly patterns: PatternStore
}

/** The records of all daemons of this scope. */
export interface DaemonIndex {
  /** The daemon whose main process has one of these PIDs, if its identity says so. */
  ofProcess(
    processes: readonly Pick<ProcessFacts, 'pid' | 'startTime'>[],
  ): { readonly key: string; readonly name: string } | undefined
}

/** What is remembered of a pattern while nobody watches it: within one boot, except for whose daemon it was. */
export interface PatternStore {
  read(key: string): PatternMemory | undefined
  write(key: string, memory: PatternMemory): Result<void, Failure>
}

/** A log of ours: each line in one write, to whatever file has the name by then. */
export interface LineLog {
  append(line: string): Result<void, Failure>
}

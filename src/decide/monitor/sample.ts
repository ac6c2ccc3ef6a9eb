import type { Exit } from '../exit.ts'
import type { Want } from '../plan/step.ts'

/** What a monitor is told of one daemon at one moment. Numbers are of all its processes together. */
export interface Sample {
  readonly name: string
  readonly condition: 'running' | 'stopped' | 'stale' | 'foreign' | 'unknown'
  /** LSB status. */
  readonly status: 0 | 1 | 2 | 3 | 4
  /** Why it is not running, or cannot be told; undefined: there is nothing to say. */
  readonly why: string | undefined
  readonly wanted: Want | undefined
  readonly paused: boolean
  readonly lastExit: Exit | undefined
  /** undefined: it does not run, or that is not to be seen. */
  readonly values: Readonly<Record<ValueName, number | undefined>>
  /** What it tells of itself; empty: nothing, or it could not be read. */
  readonly figures: ReadonlyMap<string, number>
  /** Whether that could be read; undefined: it is not asked, or has not answered yet. */
  readonly figuresRead: boolean | undefined
}

/**
 * What is measured: uptime and cpu in seconds, memory (RSS) and pss in bytes, respawns as counted by the watcher, the
 * rest in pieces.
 */
export const VALUE_NAMES = [
  'uptime',
  'memory',
  'pss',
  'cpu',
  'processes',
  'threads',
  'descriptors',
  'respawns',
] as const
export type ValueName = (typeof VALUE_NAMES)[number]

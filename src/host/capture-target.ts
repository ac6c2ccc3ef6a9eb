import type { Definition, LogTarget } from '../definition/definition.ts'

/** Where captured output ends up. */
export type CaptureDestination = Extract<LogTarget, { readonly kind: 'file' | 'passed-on' }>

/** The output goes through a pipe to a reader, and from there to the log. */
export interface CaptureTarget {
  readonly kind: 'capture'
  readonly key: string
  readonly stream: 'stdout' | 'stderr'
  readonly to: CaptureDestination
  /** Of the log and of the pipe. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly definition: Definition
}

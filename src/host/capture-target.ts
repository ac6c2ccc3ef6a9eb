import type { Definition } from '../definition/definition.ts'

/** The output goes through a pipe to a reader, and from there to the log. */
export interface CaptureTarget {
  readonly kind: 'capture'
  readonly key: string
  readonly stream: 'stdout' | 'stderr'
  /** The log. */
  readonly path: string
  /** Of the log and of the pipe. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly definition: Definition
}

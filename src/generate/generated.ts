/** A file for the host's init, complete. */
export interface GeneratedFile {
  /** Where the host's init looks for it, absolute. */
  readonly path: string
  /** Its name, or its path below a directory of its own ("importer/run"), for `--output DIR`. */
  readonly name: string
  readonly text: string
  /** Permission bits. */
  readonly mode: number
}

/** A setting of the definition that the target cannot express, or expresses differently. */
export interface Loss {
  /** The key of the definition, "respawn.cool-down". */
  readonly key: string
  /** Why, in a sentence without a full stop. */
  readonly why: string
  /** What was done instead, or what to do. */
  readonly instead: string
  /** The definition does not ask for it: it is the value that holds where nothing is said. */
  readonly byDefault: boolean
}

export interface Generated {
  readonly files: readonly GeneratedFile[]
  readonly losses: readonly Loss[]
}

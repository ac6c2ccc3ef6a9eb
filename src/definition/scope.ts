import type { Finding, KeyPath } from './problem.ts'

/** What a definition may refer to without saying it. Everything is handed in: nothing here asks the host. */
export interface DefinitionContext {
  /** The directory of the definition, absolute: relative paths begin here. */
  readonly directory: string
  /** What a leading `~` stands for. */
  readonly home: string
  /** What `%h` stands for. */
  readonly hostname: string
  readonly runtimeDirectory: string
  readonly logDirectory: string
  /** How many instances there are of the definition of a name, where an operator has asked for another number. */
  readonly scaled?: Readonly<Record<string, number>>
}

/** The place where a written definition is completed: for one name, with a list that the findings go to. */
export interface Scope {
  readonly context: DefinitionContext
  readonly name: string
  readonly instance: string | undefined
  /** Commands written as one string are a shell's. */
  readonly shell: boolean
  readonly findings: Finding[]
}

/** Adds a finding; the definition that comes out is then never handed on. */
export function report(scope: Scope, path: KeyPath, message: string, remedy?: string): void {
  scope.findings.push({ path, message, ...(remedy === undefined ? {} : { remedy }) })
}

import type { Definition } from './definition.ts'
import type { WrittenDaemon } from './schema/daemon.ts'
import type { DefinitionContext } from './scope.ts'
import type { RawTable } from './toml.ts'

/** A definition and where it comes from. */
export interface DefinitionSource {
  readonly definition: Definition
  readonly file: string
  /** The daemon's table in the file: [] where the file is one daemon, else ["daemons", "web"]. */
  readonly table: readonly string[]
  /** The name without an instance: `importer` of `importer@3`. */
  readonly base: string
  /** How many instances the definition itself asks for; 1 where it is one daemon without instances. */
  readonly instances: number
  /** `name@`: no daemon itself, but asked for by instance, see `instantiate`. */
  readonly template: boolean
  readonly origin: DefinitionOrigin
}

/** What a definition was made of, kept for its instances and for `explain`. */
export interface DefinitionOrigin {
  readonly text: string
  readonly raw: RawTable
  readonly written: WrittenDaemon
  readonly context: DefinitionContext
}

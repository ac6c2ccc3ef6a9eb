import type { Check } from './check.ts'

/** How an action is called. */
export type Surroundings =
  /** As an init or service(8) calls it: PATH, LANG and TERM, no input, the output a pipe. */
  | 'usual'
  /** As usual, with no environment at all, and the input closed. */
  | 'bare'
  /** As a person might: another directory and umask, a PATH of nothing, variables of the names that scripts use. */
  | 'odd'
  /** As usual, by a user without rights. */
  | 'nobody'

/** What is done to the daemon, in this order. */
export type Step =
  | {
      readonly do: 'act'
      /** undefined: the script is called without an action. */
      readonly action: string | undefined
      /** When the world is looked at: once it should be up, right away as it should be down, or as it is. */
      readonly look: 'up' | 'down' | 'as-is'
      readonly surroundings: Surroundings
      /** LSB: reload and try-restart are optional. */
      readonly optional: boolean
      readonly checks: readonly Check[]
    }
  /** Everything of the daemon is killed. */
  | { readonly do: 'kill' }
  | { readonly do: 'write-pidfile'; readonly holds: 'garbage' | 'nothing' | 'the stranger' }
  /** A process that is named as the daemon is, and executes something else. */
  | { readonly do: 'begin-namesake' }
  | { readonly do: 'begin-stranger' }

/** What a scenario cannot do without. */
export type Need = 'pidfile' | 'name' | 'root'

/** Steps that begin and end with a daemon that is stopped. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly needs: readonly Need[]
  readonly steps: readonly Step[]
}

import type { Failure } from '../../base/failure.ts'
import type { SignalName } from '../../base/signals.ts'
import type { Identity } from '../identity.ts'
import type { Step, Want } from './step.ts'

/** What a verb is going to do to one daemon. */
export type Plan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  /** The daemon already is as the verb wants it. The wish alone may be left to record. */
  | { readonly kind: 'nothing'; readonly why: string; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** A verb with what belongs to it alone. */
export type Request =
  | { readonly verb: 'start' }
  | { readonly verb: 'stop' }
  | { readonly verb: 'restart' }
  | { readonly verb: 'condrestart' }
  | { readonly verb: 'reload' }
  | { readonly verb: 'force-reload' }
  | { readonly verb: 'signal'; readonly signal: SignalName }
  /** The watcher's own. `want` is the wish as it is under the daemon's lock. */
  | { readonly verb: 'respawn'; readonly want: Want }
  /** `only`: if its main process is this one; undefined: whichever it is. */
  | { readonly verb: 'end'; readonly only: Identity | undefined }

import type { SignalName } from '../base/signals.ts'

/** How a program ended. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: SignalName }
  /** Nobody who could be asked saw it. */
  | { readonly kind: 'unseen' }

export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `ended with exit status ${exit.code}`
    case 'signal':
      return `was killed by SIG${exit.signal}`
    case 'unseen':
      return 'ended'
  }
}

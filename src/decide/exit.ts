import { signalNumber, type SignalName } from '../base/signals.ts'

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

/** As a shell gives it: 128 and its number for a signal; undefined: nobody saw it. */
export function shellStatus(exit: Exit): number | undefined {
  switch (exit.kind) {
    case 'code':
      return exit.code
    case 'signal':
      return 128 + signalNumber(exit.signal)
    case 'unseen':
      return undefined
  }
}

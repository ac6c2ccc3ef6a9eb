/** By what the verbs of a daemon are called, and what is known of it beforehand. */
export interface ConformSubject {
  /** What people call it: the path of the script, or "systemctl nginx". */
  readonly title: string
  /** The words that call an action; undefined: none. */
  readonly words: (action: string | undefined) => readonly string[]
  /** Asks an init for the main PID: the words of a command that prints it. */
  readonly mainPid: readonly string[] | undefined
  readonly pidfile: KnownPidfile
  /** What every action needs in its environment. */
  readonly environment: Readonly<Record<string, string>>
}

export type KnownPidfile =
  /** `guessed`: it was only read out of the script, and must prove itself at the first start. */
  | { readonly kind: 'known'; readonly path: string; readonly guessed: boolean }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'unknown' }

/** Programs by which a daemon's verbs are called by its name. */
export const VIA = ['systemctl', 'service', 'rc-service', 'daemonctl'] as const
export type Via = (typeof VIA)[number]

/** systemctl ACTION NAME, service NAME ACTION: everybody has an order of his own. */
export function wordsVia(
  via: Via,
  program: readonly string[],
  name: string,
  action: string | undefined,
): readonly string[] {
  const verb = action === undefined ? [] : [action]
  switch (via) {
    case 'systemctl':
      return [...program, '--no-pager', '--no-ask-password', ...verb, name]
    case 'service':
    case 'rc-service':
      return [...program, name, ...verb]
    case 'daemonctl':
      return [...program, ...verb, name]
    default:
      return via satisfies never
  }
}

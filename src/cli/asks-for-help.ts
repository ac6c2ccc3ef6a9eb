/** The command whose help is asked for and nothing else, `''` for daemonctl itself; undefined: it is not so simple. */
export function asksForHelpOf(argv: readonly string[]): string | undefined {
  const [first, second] = argv
  if (argv.length > 2) return undefined
  if (first === undefined) return ''
  if (first === 'help' && second !== '--help') return second ?? ''
  if (second === undefined) return first === '--help' ? '' : undefined
  return second === '--help' && !first.startsWith('-') ? first : undefined
}

/** `do NAME --help`, `help do NAME`: the daemon whose actions belong to the help; undefined: it is not that. */
export function asksForActionsOf(argv: readonly string[]): string | undefined {
  if (argv.length !== 3) return undefined
  const [first = '', second = '', third = ''] = argv
  if (first === 'do' && third === '--help' && !second.startsWith('-')) return second
  return first === 'help' && second === 'do' && !third.startsWith('-') ? third : undefined
}

/** What oclif goes by when it chooses width and colours; where none is set and no terminal is there, it has neither. */
const LOOKS = ['OCLIF_COLUMNS', 'FORCE_COLOR', 'DAEMONCTL_DISABLE_THEME', 'DEBUG']

export const hasUsualLooks = (
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean => !isTerminal && LOOKS.every((name) => environment[name] === undefined)

import { Chalk, type ChalkInstance } from 'chalk'

/** The only place that knows colours. Each name says what is shown, not how. */
export interface Theme {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly odd: (text: string) => string
  readonly name: (text: string) => string
  readonly quiet: (text: string) => string
  readonly heading: (text: string) => string
  /** Of several sources: a colour for each, the same again after six. */
  readonly source: (index: number, text: string) => string
}

/** Colours on terminals only, never with NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR wins. */
export function themeFor(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Theme {
  const forced = environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0'
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  return forced || (isTerminal && !refused) ? coloured() : PLAIN
}

const asItIs = (text: string): string => text

/** Without chalk, which need not be loaded then. */
const PLAIN: Theme = {
  good: asItIs,
  bad: asItIs,
  odd: asItIs,
  name: asItIs,
  quiet: asItIs,
  heading: asItIs,
  source: (_index, text) => text,
}

function coloured(): Theme {
  const chalk: ChalkInstance = new Chalk({ level: 1 })
  return {
    good: chalk.green,
    bad: chalk.red,
    odd: chalk.yellow,
    name: chalk.bold,
    quiet: chalk.dim,
    heading: chalk.bold,
    source: (index, text) => {
      const colours = [chalk.cyan, chalk.yellow, chalk.green, chalk.magenta, chalk.blue, chalk.red]
      return (colours[index % colours.length] ?? chalk.reset)(text)
    },
  }
}

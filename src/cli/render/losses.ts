import { printable } from '../../base/text.ts'
import { TARGET_NAMES, type Target } from '../../generate/target.ts'
import type { Theme } from '../theme.ts'
import type { Made } from './generated-json.ts'

/** The loss report: for each daemon what the target cannot express, the asked for before the defaults. */
export function renderLosses(target: Target, made: readonly Made[], theme: Theme): string {
  return made
    .map(({ name, losses }) => {
      const asked = losses.filter((loss) => !loss.byDefault)
      const defaults = losses.filter((loss) => loss.byDefault)
      const head =
        asked.length === 0
          ? `${theme.name(printable(name))}: ${TARGET_NAMES[target]} expresses all that its definition asks for`
          : `${theme.name(printable(name))}: ${TARGET_NAMES[target]} does not express as the definition has it:`
      const lines = asked.map(
        ({ key, why, instead }) => `  ${theme.odd(printable(key))}: ${printable(`${why}; ${instead}`)}`,
      )
      const quiet = defaults.map(({ key, why, instead }) => theme.quiet(`  ${printable(`${key}: ${why}; ${instead}`)}`))
      return [head, ...lines, ...(quiet.length === 0 ? [] : ['  and of what nobody asked for:', ...quiet])].join('\n')
    })
    .join('\n')
}

import { printable } from '../base/text.ts'
import type { Loss } from './generated.ts'

/** The loss report as lines for a comment, without the comment's marks: one line a loss. */
export const lossLines = (losses: readonly Loss[]): readonly string[] =>
  losses.filter((loss) => !loss.byDefault).map(({ key, why, instead }) => printable(`${key}: ${why}; ${instead}`))

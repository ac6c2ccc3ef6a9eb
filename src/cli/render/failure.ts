import type { Failure } from '../../base/failure.ts'
import { printable } from '../../base/text.ts'
import type { Theme } from '../theme.ts'

/** The one grammar of failures: who, what (while doing what), the facts, what to do. */
export function renderFailure(name: string | undefined, failure: Failure, theme: Theme): string {
  const who = name === undefined ? '' : `${name}: `
  const lines = [
    `${theme.bad('daemonctl:')} ${theme.name(printable(who))}${printable(failure.message)} ${theme.quiet(`(while ${failure.stage})`)}`,
    ...(failure.details ?? []).map((detail) => `  ${theme.quiet('|')} ${printable(detail)}`),
  ]
  if (failure.remedy !== undefined) lines.push(`  ${theme.odd('→')} ${printable(failure.remedy)}`)
  return lines.join('\n')
}

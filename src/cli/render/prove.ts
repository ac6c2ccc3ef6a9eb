import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import type { Json } from '../../base/json.ts'
import { printable } from '../../base/text.ts'
import { hasFailed, tallyOf, type Verdict } from '../../decide/prove/verdict.ts'
import type { Theme } from '../theme.ts'

/** A chapter: its title and a line for each check; what is wrong also says why, and what mends it. */
export function renderChapter(title: string, verdicts: readonly Verdict[], theme: Theme): string {
  const [first] = verdicts
  const isBeside = verdicts.every(({ result, why }) => result === 'not-applicable' && why === first?.why)
  if (first !== undefined && isBeside)
    return `${theme.heading(title)} ${theme.quiet(`- ${printable(first.why ?? '')}`)}`
  return [theme.heading(title), ...verdicts.flatMap((verdict) => renderVerdict(verdict, theme))].join('\n')
}

export function renderVerdict({ result, title, why, fix }: Verdict, theme: Theme): readonly string[] {
  const because = printable(why ?? '')
  const mended = [`        ${because}`, `        ${theme.quiet('mend:')} ${printable(fix ?? '')}`]
  switch (result) {
    case 'passed':
      return [`  ${theme.good('ok')}    ${title}`]
    case 'failed':
      return [`  ${theme.bad('FAIL')}  ${title}`, ...mended]
    case 'advice':
      return [`  ${theme.odd('!')}     ${title}`, ...mended]
    case 'untested':
      return [`  ${theme.odd('?')}     ${title} ${theme.quiet(`(not tested: ${because})`)}`]
    case 'not-applicable':
      return [`  -     ${title} ${theme.quiet(`(${because})`)}`]
    default:
      return result satisfies never
  }
}

export function renderProof(name: string, verdicts: readonly Verdict[], took: Milliseconds, theme: Theme): string {
  const { passed, failed, advice, untested } = tallyOf(verdicts)
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(advice > 0 ? [`${advice} with advice`] : []),
    ...(untested > 0 ? [`${untested} not tested`] : []),
  ].join(', ')
  const sum = hasFailed(verdicts) ? theme.bad(parts) : theme.good(parts)
  return `${theme.name(printable(name))}: ${sum} in ${formatDuration(took)}`
}

/** `prove --json`. It only grows, as all our JSON. docs/json.md */
export const proofJson = (name: string, verdicts: readonly Verdict[]): Json => ({
  version: 1,
  proved: name,
  good: !hasFailed(verdicts),
  marks: { ...tallyOf(verdicts) },
  checks: verdicts.map(({ id, title, result, why, fix }) => ({
    id,
    title,
    result,
    why: why ?? null,
    fix: fix ?? null,
  })),
})

/** What came of one check. */
export type Finding =
  | { readonly result: 'passed' }
  /** Wrong, or (advice) right for some daemons only; and what mends it. */
  | { readonly result: 'failed' | 'advice'; readonly why: string; readonly fix: string }
  /** It does not concern this daemon, or could not be found out. */
  | { readonly result: 'not-applicable' | 'untested'; readonly why: string }

/** One thing that must be so of a daemon, judged from what was seen of it. */
export interface Check<Seen> {
  /** Unique among all checks: it is what --json and the tests know it by. */
  readonly id: string
  /** A sentence about what is right. */
  readonly title: string
  readonly judge: (seen: Seen) => Finding
}

export interface Verdict {
  readonly id: string
  readonly title: string
  readonly result: Finding['result']
  readonly why: string | undefined
  readonly fix: string | undefined
}

export const passed: Finding = { result: 'passed' }
export const failed = (why: string, fix: string): Finding => ({ result: 'failed', why, fix })
export const advice = (why: string, fix: string): Finding => ({ result: 'advice', why, fix })
export const notApplicable = (why: string): Finding => ({ result: 'not-applicable', why })
export const untested = (why: string): Finding => ({ result: 'untested', why })

export const judgeAll = <Seen>(checks: readonly Check<Seen>[], seen: Seen): readonly Verdict[] =>
  checks.map((check) => verdictOf(check, check.judge(seen)))

/** The same of every check: what it needs was never there. */
export const judgeNone = <Seen>(checks: readonly Check<Seen>[], finding: Finding): readonly Verdict[] =>
  checks.map((check) => verdictOf(check, finding))

const verdictOf = <Seen>({ id, title }: Check<Seen>, finding: Finding): Verdict => ({
  id,
  title,
  result: finding.result,
  why: 'why' in finding ? finding.why : undefined,
  fix: 'fix' in finding ? finding.fix : undefined,
})

export const hasFailed = (verdicts: readonly Verdict[]): boolean => verdicts.some(({ result }) => result === 'failed')

export type Tally = Readonly<Record<Finding['result'], number>>

export function tallyOf(verdicts: readonly Verdict[]): Tally {
  const count = (result: Finding['result']): number => verdicts.filter((verdict) => verdict.result === result).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    advice: count('advice'),
    'not-applicable': count('not-applicable'),
    untested: count('untested'),
  }
}

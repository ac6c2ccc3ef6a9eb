import type { Check, Judgement } from './check.ts'
import { RULES } from './rules.ts'
import type { Scenario } from './scenario.ts'
import type { Seen } from './sight.ts'

export interface Verdict {
  readonly id: string
  readonly scenario: string
  readonly title: string
  readonly result: Judgement['kind'] | 'untested'
  /** What was found instead; of what passed, nothing. */
  readonly why: string | undefined
  /** What the LSB says. */
  readonly rule: string
  /** What the script said, where it failed. */
  readonly said: readonly string[]
}

export interface Marks {
  readonly passed: number
  readonly failed: number
  readonly untested: number
  readonly notApplicable: number
}

const SAID_MOST = 5

export function verdictOn(scenario: Scenario, check: Check, seen: Seen): Verdict {
  const judgement = check.judge(seen)
  return {
    ...told(scenario, check),
    result: judgement.kind,
    why: judgement.kind === 'passed' ? undefined : judgement.why,
    said: judgement.kind === 'failed' ? seen.output.slice(-SAID_MOST) : [],
  }
}

/** What could not be played, or does not concern the script. */
export const unplayed = (
  scenario: Scenario,
  checks: readonly Check[],
  result: 'untested' | 'not-applicable',
  why: string,
): readonly Verdict[] => checks.map((check) => ({ ...told(scenario, check), result, why, said: [] }))

export const checksOf = (scenario: Scenario): readonly Check[] =>
  scenario.steps.flatMap((step) => (step.do === 'act' ? step.checks : []))

const told = (scenario: Scenario, check: Check) => ({
  id: check.id,
  scenario: scenario.name,
  title: check.title,
  rule: RULES[check.rule],
})

export function marksOf(verdicts: readonly Verdict[]): Marks {
  const count = (result: Verdict['result']): number => verdicts.filter((verdict) => verdict.result === result).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    untested: count('untested'),
    notApplicable: count('not-applicable'),
  }
}

/** What could not be tested has not passed. */
export const hasFullMarks = ({ passed, failed, untested }: Marks): boolean =>
  passed > 0 && failed === 0 && untested === 0

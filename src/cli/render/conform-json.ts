import type { Json } from '../../base/json.ts'
import { hasFullMarks, type Marks, type Verdict } from '../../decide/conform/report.ts'

/** `conform --json`. It only grows, as all our JSON. docs/json.md */
export const conformJson = (title: string, marks: Marks, verdicts: readonly Verdict[]): Json => ({
  version: 1,
  tested: title,
  'full-marks': hasFullMarks(marks),
  marks: {
    passed: marks.passed,
    failed: marks.failed,
    untested: marks.untested,
    'not-applicable': marks.notApplicable,
  },
  checks: verdicts.map(({ id, scenario, title, result, why, rule, said }) => ({
    id,
    scenario,
    title,
    result,
    rule,
    said,
    why: why ?? null,
  })),
})

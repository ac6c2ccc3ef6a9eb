import { formatDuration, type Milliseconds } from '../../base/duration.ts'
import { printable } from '../../base/text.ts'
import { hasFullMarks, type Marks, type Verdict } from '../../decide/conform/report.ts'
import type { Scenario, Step } from '../../decide/conform/scenario.ts'
import type { Theme } from '../theme.ts'

/** One scenario: its title, and a line for each check; what failed also says why, and what is right. */
export function renderScenario(scenario: Scenario, verdicts: readonly Verdict[], theme: Theme): string {
  return [
    theme.heading(scenario.title),
    ...(unplayed(verdicts, theme) ?? verdicts.flatMap((verdict) => renderVerdict(verdict, theme))),
  ].join('\n')
}

/** One line for a scenario of which nothing was played, for one reason. */
function unplayed(verdicts: readonly Verdict[], theme: Theme): readonly string[] | undefined {
  const [first] = verdicts
  const isOne = verdicts.every(({ result, why }) => result === first?.result && why === first.why)
  if (first === undefined || !isOne) return undefined
  const checks = `${verdicts.length} ${verdicts.length === 1 ? 'check' : 'checks'}`
  const why = printable(first.why ?? '')
  if (first.result === 'untested') return [`  ${theme.odd('?')}     ${checks} not tested: ${why}`]
  return first.result === 'not-applicable' ? [`  -     ${theme.quiet(`${checks}: ${why}`)}`] : undefined
}

export function renderVerdict(verdict: Verdict, theme: Theme): readonly string[] {
  const { result, title, rule, said } = verdict
  const why = printable(verdict.why ?? '')
  switch (result) {
    case 'passed':
      return [`  ${theme.good('ok')}    ${title}`]
    case 'failed':
      return [
        `  ${theme.bad('FAIL')}  ${title}`,
        `        ${why}`,
        `        ${theme.quiet(`LSB: ${rule}`.replace('LSB: not in the LSB', 'not in the LSB'))}`,
        ...said.map((line) => `        ${theme.quiet('|')} ${printable(line)}`),
      ]
    case 'untested':
      return [`  ${theme.odd('?')}     ${title} ${theme.quiet(`(not tested: ${why})`)}`]
    case 'not-applicable':
      return [`  -     ${title} ${theme.quiet(`(${why})`)}`]
    default:
      return result satisfies never
  }
}

export function renderMarks(title: string, marks: Marks, took: Milliseconds, theme: Theme): string {
  const { passed, failed, untested } = marks
  const of = passed + failed + untested
  const parts = [
    `${passed} of ${of} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(untested > 0 ? [`${untested} not tested`] : []),
  ]
  const sum = hasFullMarks(marks) ? theme.good(`full marks (${of} of ${of})`) : theme.bad(parts.join(', '))
  return `${theme.name(printable(title))}: ${sum} in ${formatDuration(took)}`
}

/** What would be done, for --dry-run. */
export function renderScript(scenarios: readonly Scenario[], theme: Theme): string {
  return scenarios
    .map(({ name, title, steps }) =>
      [`${theme.heading(title)} ${theme.quiet(`(${name})`)}`, ...steps.map((step) => `  ${inWords(step)}`)].join('\n'),
    )
    .join('\n')
}

function inWords(step: Step): string {
  switch (step.do) {
    case 'act': {
      const how = { usual: '', bare: ', without any environment', odd: ', in odd surroundings', nobody: ', as nobody' }
      return `${step.action ?? 'no action at all'}${how[step.surroundings]}`
    }
    case 'kill':
      return 'kill everything of the daemon'
    case 'write-pidfile':
      return { garbage: 'garbage', nothing: 'nothing', 'the stranger': 'the PID of the other process' }[
        step.holds
      ].replace(/^/, 'write into the pidfile: ')
    case 'begin-namesake':
      return 'begin a process that has the name of the daemon'
    case 'begin-stranger':
      return 'begin a process that has nothing to do with the daemon'
    default:
      return step satisfies never
  }
}

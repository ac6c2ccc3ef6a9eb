import { printable } from '../../base/text.ts'
import { alerts, type Range } from './range.ts'
import { VALUE_NAMES, type Sample, type ValueName } from './sample.ts'

/** By the names of values, and of the daemon's own figures: `figure.requests`. */
export type Thresholds = ReadonlyMap<string, Range>

/** What a daemon tells of itself is told after this word. */
export const FIGURE = 'figure.'
/** A plugin has a few kilobytes for its answer: more figures than these are left out, if no range names them. */
const MOST_FIGURES = 50

/** Nagios Plugins Development Guidelines, "Plugin Return Codes". */
export type NagiosStatus = 0 | 1 | 2 | 3
const WORDS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
/** What is worse than what, for many daemons in one answer. */
const SEVERITY: readonly NagiosStatus[] = [0, 1, 3, 2]

/**
 * One line for people, performance data behind the bar. A daemon that does not run is critical, unless an operator has
 * stopped or paused it: then it is a warning, so that nobody forgets it.
 */
export function nagios(
  samples: readonly Sample[],
  { warning, critical }: { readonly warning: Thresholds; readonly critical: Thresholds },
): { readonly text: string; readonly status: NagiosStatus } {
  const findings = samples.map((sample) => findingOf(sample, warning, critical))
  const status = findings.reduce<NagiosStatus>(
    (worst, finding) => (SEVERITY.indexOf(finding.status) > SEVERITY.indexOf(worst) ? finding.status : worst),
    0,
  )
  const bad = findings.filter((finding) => finding.status !== 0)
  const running = samples.filter(({ condition }) => condition === 'running').length
  const said =
    bad.length > 0
      ? bad.map(({ text }) => text).join('; ')
      : running === 1 && samples.length === 1
        ? `${samples[0]?.name} is running`
        : `${running} running`
  const data = samples.flatMap((sample) => performanceData(sample, warning, critical)).join(' ')
  return {
    // A bar begins the performance data, and a line break the long text.
    text: `DAEMONCTL ${WORDS[status]} - ${printable(said).replaceAll('|', '/')}${data === '' ? '' : ` | ${data}`}`,
    status,
  }
}

function findingOf(
  sample: Sample,
  warning: Thresholds,
  critical: Thresholds,
): { readonly status: NagiosStatus; readonly text: string } {
  const { name, condition, why, wanted, paused } = sample
  if (condition === 'unknown') return { status: 3, text: `${name} is unknown${why === undefined ? '' : ` (${why})`}` }
  if (condition !== 'running') {
    if (paused) return { status: 1, text: `${name} is ${condition} and paused` }
    if (wanted === 'down') return { status: 1, text: `${name} is ${condition}, as wished` }
    return { status: 2, text: `${name} is ${condition}${why === undefined ? '' : ` (${why})`}` }
  }
  const beyond = (thresholds: Thresholds): readonly string[] =>
    [...thresholds].flatMap(([value, range]) => {
      const measured = valueOf(sample, value)
      return measured !== undefined && alerts(range, measured)
        ? [`${value} of ${name} is ${measured} (${range.text})`]
        : []
    })
  const grave = beyond(critical)
  if (grave.length > 0) return { status: 2, text: grave.join(', ') }
  const odd = beyond(warning)
  return odd.length > 0 ? { status: 1, text: odd.join(', ') } : { status: 0, text: `${name} is running` }
}

const isValueName = (name: string): name is ValueName => VALUE_NAMES.some((known) => known === name)

const valueOf = ({ values, figures }: Sample, name: string): number | undefined =>
  isValueName(name) ? values[name] : figures.get(name.slice(FIGURE.length))

/** 'label'=value[unit];[warn];[crit];[min];[max] */
function performanceData(sample: Sample, warning: Thresholds, critical: Thresholds): readonly string[] {
  const figures = [...sample.figures.keys()].map((figure) => `${FIGURE}${figure}`)
  const bounded = figures.filter((figure) => warning.has(figure) || critical.has(figure))
  return [...new Set([...VALUE_NAMES, ...bounded, ...figures.slice(0, MOST_FIGURES)])].flatMap((value) => {
    const measured = valueOf(sample, value)
    if (measured === undefined) return []
    const bounds = `${warning.get(value)?.text ?? ''};${critical.get(value)?.text ?? ''}`
    // Of its own figures nobody knows how small they may be.
    return [
      isValueName(value)
        ? `'${sample.name}_${value}'=${measured}${UNITS[value]};${bounds};0`
        : `'${label(`${sample.name}_${value}`)}'=${measured};${bounds};`,
    ]
  })
}

/** Anything but an equals sign and a quotation mark; neither a bar, which begins the data, nor a line break. */
const label = (name: string): string => printable(name).replaceAll(/[='|]/g, '_')

const UNITS: Readonly<Record<ValueName, string>> = {
  uptime: 's',
  memory: 'B',
  pss: 'B',
  cpu: 's',
  processes: '',
  threads: '',
  descriptors: '',
  respawns: 'c',
}

import { failure, type Failure } from '../base/failure.ts'
import { nearest } from '../base/text.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { MonitorFormat } from '../decide/monitor/formats.ts'
import { FIGURE, nagios, type Thresholds } from '../decide/monitor/nagios.ts'
import { parseRange, type Range } from '../decide/monitor/range.ts'
import { VALUE_NAMES, type Sample } from '../decide/monitor/sample.ts'
import { zabbix } from '../decide/monitor/zabbix.ts'
import type { Host } from '../host/host.ts'
import { inParallel } from '../operations/in-parallel.ts'
import type { Subject } from '../operations/run.ts'
import { oneLook } from '../operations/one-look.ts'
import { sampleOf } from '../operations/sample.ts'
import { shareOf, statusMeasured } from '../operations/status.ts'
import { ownFigures } from './own-figures.ts'
import { writeJson } from './render/json.ts'
import { prometheus } from './render/prometheus.ts'
import { samplesJson } from './render/samples-json.ts'

export interface MonitorThresholds {
  readonly warning: Thresholds
  readonly critical: Thresholds
}

/** How many daemons are looked at, and asked, at once. */
const AT_ONCE = 16

export function samplesOf(
  host: Host,
  subjects: readonly Subject[],
  respawns: (subject: Subject) => number | undefined,
): Promise<readonly Sample[]> {
  const look = oneLook(host)
  return inParallel(subjects, AT_ONCE, async (subject) => {
    const detail = await statusMeasured(look, subject)
    const runs = detail.condition.kind === 'running'
    return sampleOf(detail, {
      respawns: respawns(subject),
      pss: runs ? shareOf(host, detail.processes) : undefined,
      told: runs ? await ownFigures(host, subject) : undefined,
    })
  })
}

/** The whole answer for a monitor, and the exit status that it expects. */
export async function renderForMonitor(
  format: MonitorFormat,
  samples: readonly Sample[],
  thresholds: MonitorThresholds,
): Promise<{ readonly text: string; readonly status: number }> {
  switch (format) {
    case 'prometheus':
      return { text: (await prometheus(samples)).trimEnd(), status: 0 }
    case 'json':
      return { text: writeJson(samplesJson(samples)), status: 0 }
    case 'zabbix':
      return { text: zabbix(samples).join('\n'), status: 0 }
    case 'nagios':
      return nagios(samples, thresholds)
  }
}

/** `memory=0:500000000`, as often as wanted. */
export function readThresholds(flag: string, words: readonly string[]): Result<Thresholds, Failure> {
  const thresholds = new Map<string, Range>()
  for (const word of words) {
    // The name of a figure may have an equals sign of its own; a range has none.
    const at = word.lastIndexOf('=')
    const [name, text] = [word.slice(0, Math.max(0, at)), word.slice(at + 1)]
    const isKnown = name.startsWith(FIGURE) || VALUE_NAMES.some((known) => known === name)
    if (at < 0 || !isKnown) {
      const near = nearest(name === '' ? word : name, VALUE_NAMES)
      return err(
        failure('usage', 'planning', `--${flag} ${word}: it is not VALUE=RANGE`, {
          remedy:
            near === undefined ? `the values are ${VALUE_NAMES.join(', ')} and ${FIGURE}NAME` : `did you mean ${near}?`,
        }),
      )
    }
    const range = parseRange(text)
    if (!range.ok) return err(failure('usage', 'planning', `--${flag} ${word}: ${range.error}`))
    thresholds.set(name, range.value)
  }
  return ok(thresholds)
}

import type { Sample } from '../decide/monitor/sample.ts'
import type { Measured } from './status.ts'

const NO_FIGURES: Sample['figures'] = new Map()

/** A status as monitors want it. `respawns`: as the watcher counts them, where there is one. */
export function sampleOf(
  detail: Measured,
  respawns: number | undefined,
  figures: Sample['figures'] = NO_FIGURES,
): Sample {
  const { condition, subject, uptime, wish } = detail
  const runs = condition.kind === 'running'
  const measured = (value: number | undefined): number | undefined => (runs ? value : undefined)
  return {
    name: subject.definition.name,
    condition: condition.kind,
    status: detail.status,
    why: 'why' in condition ? condition.why : undefined,
    wanted: wish?.want,
    paused: wish?.paused ?? false,
    lastExit: detail.lastExit,
    values: {
      uptime: measured(uptime === undefined ? undefined : Math.max(0, Math.round(uptime / 1000))),
      memory: measured(detail.rss),
      cpu: measured(detail.cpuTime / 1000),
      processes: measured(detail.processes.length),
      threads: measured(detail.threads),
      descriptors: measured(detail.descriptors),
      respawns,
    },
    figures,
  }
}

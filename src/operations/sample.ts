import type { Result } from '../base/result.ts'
import type { Figures } from '../decide/metrics/parse.ts'
import type { Sample } from '../decide/monitor/sample.ts'
import type { Measured } from './status.ts'

export const NO_FIGURES: Figures = new Map()

/** What only some who look know. */
export interface Besides {
  /** As the watcher counts them, where there is one. */
  readonly respawns: number | undefined
  /** undefined: it was not asked for, or cannot be seen. */
  readonly pss: number | undefined
  readonly told: Result<Figures, string> | undefined
}

/** A status as monitors want it. */
export function sampleOf(detail: Measured, { respawns, pss, told }: Besides): Sample {
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
      uptime: measured(wholeSeconds(uptime)),
      memory: measured(detail.rss),
      pss: measured(pss),
      cpu: measured(detail.cpuTime / 1000),
      processes: measured(detail.processes.length),
      threads: measured(detail.threads),
      descriptors: measured(detail.descriptors),
      respawns,
    },
    ...figuresOf(told),
  }
}

export const wholeSeconds = (uptime: number | undefined): number | undefined =>
  uptime === undefined ? undefined : Math.max(0, Math.round(uptime / 1000))

export const figuresOf = (told: Besides['told']): Pick<Sample, 'figures' | 'figuresRead'> => ({
  figures: told?.ok === true ? told.value : NO_FIGURES,
  figuresRead: told?.ok,
})

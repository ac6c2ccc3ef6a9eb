import { plain, type Json } from '../../base/json.ts'
import type { Sample } from '../../decide/monitor/sample.ts'

/** The shape of `--format json`. It only grows: docs/json.md */
export const samplesJson = (samples: readonly Sample[]): Json => ({
  version: 1,
  daemons: samples.map((sample) => ({
    name: sample.name,
    condition: sample.condition,
    status: sample.status,
    up: sample.condition === 'running',
    why: sample.why ?? null,
    wanted: sample.wanted ?? null,
    paused: sample.paused,
    'last-exit': plain(sample.lastExit),
    values: Object.fromEntries(Object.entries(sample.values).map(([name, value]) => [name, value ?? null])),
    figures: Object.fromEntries(sample.figures),
    'figures-read': sample.figuresRead ?? null,
  })),
})

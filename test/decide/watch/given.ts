import { DEFAULTS } from '../../../src/definition/defaults.ts'
import type { HealthSettings, RespawnSettings } from '../../../src/definition/definition.ts'
import type { Exit } from '../../../src/decide/exit.ts'
import type { Identity } from '../../../src/decide/identity.ts'
import type { Effect, Phase, Policy, Up, Watched } from '../../../src/decide/watch/state.ts'
import { NO_TALLY, type Tally } from '../../../src/decide/watch/tally.ts'

export const rules = (more: Partial<RespawnSettings> = {}): RespawnSettings => ({
  ...DEFAULTS.respawn,
  jitter: 0,
  ...more,
})

export const health = (more: Partial<HealthSettings> = {}): HealthSettings => ({
  ...DEFAULTS.health,
  probe: { kind: 'tcp', host: '127.0.0.1', port: 80 },
  maxRss: undefined,
  maxAge: undefined,
  ...more,
})

export const policy = (respawn: Partial<RespawnSettings> = {}, asks?: Partial<HealthSettings>): Policy => ({
  respawn: rules(respawn),
  health: asks === undefined ? undefined : health(asks),
})

export const MAIN: Identity = { bootId: 'this', pid: 70, startTime: 1 }
/** The PID of MAIN, used again. */
export const REUSED: Identity = { ...MAIN, startTime: 2 }
export const OTHER: Identity = { ...MAIN, pid: 80, startTime: 3 }

export const FAILED: Exit = { kind: 'code', code: 1 }
export const DONE: Exit = { kind: 'code', code: 0 }

export const PHASES = {
  looking: { kind: 'looking', before: undefined, toEnd: false, told: undefined },
  down: { kind: 'down', why: 'finished', exit: DONE },
  starting: { kind: 'starting', wished: false },
  up: { kind: 'up', main: MAIN, since: 0, failed: 0, succeeded: 0, healthy: true, probeAt: 10_000, pings: undefined },
  ending: { kind: 'ending', because: 'unhealthy', main: MAIN },
  'backing-off': { kind: 'backing-off', until: 5_000, exit: FAILED },
  'cooling-down': { kind: 'cooling-down', until: 5_000, exit: FAILED },
  unclear: { kind: 'unclear', until: 5_000, why: 'it hides', before: undefined },
} as const satisfies Record<Phase['kind'], Phase>

export const up = (more: Partial<Up> = {}): Up => ({ ...PHASES.up, ...more })

export const tally = (more: Partial<Tally> = {}): Tally => ({ ...NO_TALLY, ...more })

export const watched = (phase: Phase, more: Partial<Watched> = {}): Watched => ({
  want: 'up',
  paused: false,
  phase,
  tally: NO_TALLY,
  gone: undefined,
  seed: 1,
  ...more,
})

/** The kinds of effects in their order, each once in a row: as the machine's table has them. */
export const kinds = (effects: readonly Effect[]): string =>
  effects
    .map((effect) => effect.do)
    .filter((kind, index, all) => kind !== all[index - 1])
    .join(', ')

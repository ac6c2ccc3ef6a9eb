import type {
  BootSettings,
  Definition,
  HealthSettings,
  Hooks,
  LogSettings,
  MetricsSource,
  ReloadSettings,
  RespawnSettings,
  StartSettings,
  StopSettings,
} from './definition.ts'
import type { DefinitionContext } from './scope.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** What holds where a definition says nothing: every default is here, or in one of the functions below. */
export const DEFAULTS = {
  daemon: {
    type: 'simple',
    directory: '/',
    umask: 0o022,
    inheritEnvironment: false,
  },
  log: {
    mode: 0o644,
    keep: 5,
    compress: 'gzip',
    target: 'file',
    overflow: 'block',
    buffer: 1024 * 1024,
    format: 'plain',
    level: 'debug',
    prefix: '',
    rateInterval: SECOND,
  },
  start: {
    timeout: 30 * SECOND,
    settle: 100,
    launcherExit: [0],
  },
  stop: {
    schedule: {
      steps: [
        { signal: 'TERM', wait: 20 * SECOND },
        { signal: 'KILL', wait: 5 * SECOND },
      ],
      repeatFrom: undefined,
    },
    timeout: 20 * SECOND,
    killMode: 'all',
  },
  reload: {
    by: { kind: 'signal', signal: 'HUP', assumed: true },
    timeout: 30 * SECOND,
    wait: false,
  },
  respawn: {
    policy: 'on-failure',
    delay: 100,
    factor: 2,
    maxDelay: 30 * SECOND,
    jitter: 0.1,
    resetAfter: 10 * SECOND,
    burst: 5,
    interval: MINUTE,
    coolDown: 5 * MINUTE,
    giveUp: false,
    successExit: [],
    preventExit: [],
    onExit: 'respawn',
  },
  health: {
    interval: 10 * SECOND,
    timeout: 5 * SECOND,
    failures: 3,
    successes: 1,
    startPeriod: 0,
  },
  hooks: {
    timeout: 30 * SECOND,
  },
  action: {
    timeout: 30 * SECOND,
  },
  metrics: {
    format: 'auto',
    interval: 10 * SECOND,
    timeout: 2 * SECOND,
  },
  boot: {
    after: [],
    requires: [],
    wantedBy: [],
    runlevels: '2345',
    startPriority: 95,
    stopPriority: 5,
  },
} as const satisfies {
  daemon: Partial<Definition>
  log: Partial<LogSettings> & { readonly target: 'file'; readonly rateInterval: number }
  start: Partial<StartSettings>
  stop: Partial<StopSettings>
  reload: ReloadSettings
  respawn: RespawnSettings
  health: Partial<HealthSettings>
  hooks: Partial<Hooks>
  action: object
  metrics: Partial<MetricsSource>
  boot: BootSettings
}

export const defaultPidfile = (name: string, context: Pick<DefinitionContext, 'runtimeDirectory'>): string =>
  `${context.runtimeDirectory}/${name}.pid`

export const defaultLog = (name: string, context: Pick<DefinitionContext, 'logDirectory'>): string =>
  `${context.logDirectory}/${name}.log`

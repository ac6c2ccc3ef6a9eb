import { expect, test } from 'vitest'
import { definitionOf } from './given.ts'

test('a command is all that a definition needs', async () => {
  expect(await definitionOf('command = "/bin/app"')).toEqual({
    name: 'app',
    instance: undefined,
    description: undefined,
    command: { argv: ['/bin/app'], shell: false },
    type: 'simple',
    pidfile: '/run/daemonctl/app.pid',
    executable: undefined,
    directory: '/',
    user: undefined,
    group: undefined,
    umask: 0o022,
    nice: undefined,
    environment: {},
    environmentFiles: [],
    inheritEnvironment: false,
    configTest: undefined,
    lockFile: undefined,
    log: {
      stdout: { kind: 'file', path: '/var/log/daemonctl/app.log' },
      stderr: { kind: 'same-as-stdout' },
      mode: 0o644,
      maxSize: undefined,
      maxAge: undefined,
      maxTotal: undefined,
      keep: 5,
      compress: 'gzip',
      reopenSignal: undefined,
      capture: false,
      overflow: 'block',
      buffer: 1_048_576,
      format: 'plain',
      level: 'debug',
      prefix: '',
      rateLimit: undefined,
    },
    start: { timeout: 30_000, ready: undefined, settle: 100, launcherExit: [0] },
    stop: {
      schedule: {
        steps: [
          { signal: 'TERM', wait: 20_000 },
          { signal: 'KILL', wait: 5000 },
        ],
        repeatFrom: undefined,
      },
      command: undefined,
      timeout: 20_000,
      killMode: 'all',
    },
    reload: { by: { kind: 'signal', signal: 'HUP', assumed: true }, timeout: 30_000, wait: false },
    respawn: {
      policy: 'on-failure',
      delay: 100,
      factor: 2,
      maxDelay: 30_000,
      jitter: 0.1,
      resetAfter: 10_000,
      burst: 5,
      interval: 60_000,
      coolDown: 300_000,
      giveUp: false,
      successExit: [],
      preventExit: [],
      onExit: 'respawn',
    },
    health: undefined,
    hooks: { commands: {}, timeout: 30_000 },
    limits: {},
    actions: {},
    metrics: undefined,
    boot: { after: [], requires: [], wantedBy: [], runlevels: '2345', startPriority: 95, stopPriority: 5 },
  })
})

test('a table that is begun has defaults of its own', async () => {
  const { health, metrics, actions } = await definitionOf(`
    [health]
    max-rss = "1 GiB"
    [metrics]
    unix = "/run/app.sock"
    [actions.flush]
    command = "/bin/flush"
  `)
  expect(health).toEqual({
    probe: undefined,
    interval: 10_000,
    timeout: 5000,
    failures: 3,
    successes: 1,
    startPeriod: 0,
    maxRss: 1024 ** 3,
    maxAge: undefined,
  })
  expect(metrics).toMatchObject({ format: 'auto', interval: 10_000, timeout: 2000 })
  expect(actions['flush']).toMatchObject({ timeout: 30_000 })
})

test('a daemon of type notify is ready when it says so, unless something else is asked', async () => {
  expect((await definitionOf('type = "notify"')).start.ready).toEqual({ kind: 'notify' })
  const asked = await definitionOf('type = "notify"\nstart.ready.tcp = 80')
  expect(asked.start.ready).toEqual({ kind: 'tcp', host: '127.0.0.1', port: 80 })
})

test('a long first delay lengthens the longest one', async () => {
  expect((await definitionOf('respawn.delay = "2m"')).respawn).toMatchObject({ delay: 120_000, maxDelay: 120_000 })
})

test('lines that are not plain are captured', async () => {
  expect((await definitionOf('log.format = "json"')).log).toMatchObject({ format: 'json', capture: true })
})

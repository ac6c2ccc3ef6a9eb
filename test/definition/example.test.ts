import { expect, test } from 'vitest'
import { EXAMPLE, sourcesOf } from './given.ts'

test('the example of the manual is a definition', async () => {
  const [source, ...others] = await sourcesOf(EXAMPLE)
  expect(others).toEqual([])
  expect(source?.definition).toMatchObject({
    name: 'app',
    instance: undefined,
    description: 'Order importer',
    command: { argv: ['/usr/bin/php', '/srv/myapp/app.php', '--master', '--proc=8'], shell: false },
    type: 'simple',
    pidfile: '/run/myapp.pid',
    directory: '/',
    user: 'www-data',
    group: undefined,
    umask: 0o022,
    nice: 0,
    environment: { APP_ENV: 'prod' },
    environmentFiles: [{ path: '/etc/default/myapp', optional: false }],
    inheritEnvironment: false,
    configTest: { argv: ['/usr/bin/php', '/srv/myapp/app.php', '--check'] },
    log: {
      stdout: { kind: 'file', path: '/var/log/myapp.log' },
      stderr: { kind: 'same-as-stdout' },
      maxSize: 64 * 1024 * 1024,
      keep: 5,
    },
    start: { timeout: 30_000, ready: { kind: 'tcp', host: '127.0.0.1', port: 8080 } },
    stop: {
      schedule: {
        steps: [
          { signal: 'TERM', wait: 20_000 },
          { signal: 'KILL', wait: 5000 },
        ],
      },
    },
    reload: { by: { kind: 'signal', signal: 'HUP' } },
    respawn: { policy: 'on-failure', delay: 100, maxDelay: 30_000, burst: 5, interval: 60_000, coolDown: 300_000 },
    health: { probe: { kind: 'http', url: 'http://127.0.0.1:8080/health' }, interval: 10_000, failures: 3 },
    hooks: { commands: {} },
    limits: {},
    actions: {},
    metrics: undefined,
  })
})

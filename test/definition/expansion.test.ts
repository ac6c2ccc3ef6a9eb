import { expect, test } from 'vitest'
import { definitionOf, sourcesOf } from './given.ts'

test('every path is absolute: a relative one begins at the definition, ~ is the home directory', async () => {
  const definition = await definitionOf(`
    command = ["bin/app", "./left", "~/alone"]
    pidfile = "~/app.pid"
    directory = "."
    executable = "../lib/app"
    lock-file = "lock"
    environment-file = ["-env", "/etc/default/app"]
    log = { stdout = "log/out", stderr = "~" }
    start.ready.unix = "run/app.sock"
    health.probe = { file = "beat", max-age = "1m" }
    hooks.pre-start = "./prepare x/y"
    config-test = "php -l app.php"
  `)
  expect(definition).toMatchObject({
    command: { argv: ['/srv/app/bin/app', './left', '~/alone'] },
    pidfile: '/home/ann/app.pid',
    directory: '/srv/app',
    executable: '/srv/lib/app',
    lockFile: '/srv/app/lock',
    environmentFiles: [
      { path: '/srv/app/env', optional: true },
      { path: '/etc/default/app', optional: false },
    ],
    log: { stdout: { path: '/srv/app/log/out' }, stderr: { path: '/home/ann' } },
    start: { ready: { path: '/srv/app/run/app.sock' } },
    health: { probe: { path: '/srv/app/beat', maxAge: 60_000 } },
    hooks: { commands: { 'pre-start': { argv: ['/srv/app/prepare', 'x/y'] } } },
    configTest: { argv: ['php', '-l', 'app.php'] },
  })
})

test('%i, %n, %h and %% are expanded, and nothing else is', async () => {
  const [, second] = await sourcesOf(`
    instances = 2
    command = "/bin/app --name %n 'at %h' %d %%i 100% ~"
    description = "Worker %i"
    pidfile = "/run/%n.pid"
    environment = { PORT = "808%i", SHELL_TEXT = "$HOME %x" }
    start.ready.tcp = "127.0.0.1:808%i"
    health.probe.http = "http://%h:808%i/"
  `)
  expect(second?.definition).toMatchObject({
    name: 'app@2',
    instance: '2',
    command: { argv: ['/bin/app', '--name', 'app@2', 'at web7', '%d', '%i', '100%', '~'] },
    description: 'Worker 2',
    pidfile: '/run/app@2.pid',
    environment: { PORT: '8082', SHELL_TEXT: '$HOME %x' },
    start: { ready: { port: 8082 } },
    health: { probe: { url: 'http://web7:8082/' } },
  })
})

test('what an expansion brings in is not expanded again, nor split', async () => {
  const { command } = await definitionOf('command = "/bin/app %%h %%%%i"')
  expect(command.argv).toEqual(['/bin/app', '%h', '%%i'])
})

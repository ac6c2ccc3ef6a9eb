import { stringify } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { writeDefinition } from '../../src/definition/write/definition.ts'
import { definitionOf, EXAMPLE } from './given.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'the example of the manual': EXAMPLE,
  'a command alone': 'command = "/bin/app"',
  'marks that would be expanded': `
    command = ["/bin/app", "%%i", "100%", "%%%%h"]
    description = "%%n"
    pidfile = "/run/%%h.pid"
    environment = { A = "%%i" }
  `,
  'a shell': 'shell = true\ncommand = "exec app | tee"\nhooks.pre-start = "x %%i"\nconfig-test = ["/bin/t", "a b"]',
  'everything at once': `
    command = "/bin/app"
    type = "forking"
    executable = "/lib/app"
    user = "u"
    group = "g"
    umask = "0077"
    nice = -5
    environment-file = ["-/a", "/b"]
    inherit-environment = true
    lock-file = "/var/lock/x"
    log = { stdout = "null", stderr = "/e", mode = "0600", max-size = 1001, max-age = "1d", max-total = "3 GiB", keep = 0, compress = "zstd", capture = true, overflow = "drop", buffer = 1000001, format = "json", level = "off", rate-limit = 7, rate-interval = "1m" }
    start = { timeout = "1h 1m 1s 1ms", settle = 0, launcher-exit = [0, 3] }
    stop = { schedule = "QUIT/2.5/forever/TERM/1/KILL", command = "/bin/stop", timeout = "1.5s", kill-mode = "main" }
    reload = { command = "/bin/reload", wait = true, timeout = 2 }
    respawn = { policy = "always", jitter = 0, give-up = true, success-exit = [1], prevent-exit = [2], on-exit = "stop-all" }
    health = { probe = { file = "/beat", max-age = "1m" }, max-rss = "1.5 GiB", max-age = "7d" }
    hooks = { on-failure = "/bin/mail", timeout = "1m" }
    limits = { nofile = "1:unlimited", core = "unlimited", nproc = 5 }
    actions = { a = { signal = "USR2", description = "A" }, b = { command = "/bin/b" } }
    metrics = { tcp = "[::1]:9", format = "prometheus" }
    boot = { after = ["net"], requires = ["db"], wanted-by = ["multi-user"], runlevels = "35", start-priority = 1 }
  `,
  'a log that is renamed': 'command = "a"\nlog = { reopen-signal = "USR1", max-age = "1h" }',
  'output that is passed on': 'command = "a"\nlog = { target = "syslog", prefix = "%n: 100%% ", stderr = "/e" }',
  'no reload': 'reload = false',
}

describe('a definition that is written and read again is the same', () => {
  test.each(Object.entries(TEXTS))('%s', async (_, text) => {
    const definition = await definitionOf(text)
    expect(await definitionOf(stringify(writeDefinition(definition)))).toEqual(definition)
  })

  test.each([
    'tcp = "h:1"',
    'unix = "/s"',
    'http = "http://x/%%n"',
    'log = "^%i$"',
    'fd = 4',
    'delay = "1ms"',
    'notify = true',
  ])('ready = { %s }', async (ready) => {
    const definition = await definitionOf(`start.ready = { ${ready} }`)
    expect(await definitionOf(stringify(writeDefinition(definition)))).toEqual(definition)
  })
})

import { describe, expect, test } from 'vitest'
import { definitionOf, problemsOf, sourcesOf } from './given.ts'

/** The problems that a key has in an otherwise right definition, without the command's line. */
const rule = async (text: string) => {
  const problems = await problemsOf(`command = "/bin/app"\n${text}`)
  return problems.map((problem) => problem.replace(/^\d+:\d+: /, ''))
}

describe('a probe', () => {
  test.each([
    ['tcp = "127.0.0.1:8080"', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['tcp = "[::1]:80"', { kind: 'tcp', host: '::1', port: 80 }],
    ['tcp = "db.example:5432"', { kind: 'tcp', host: 'db.example', port: 5432 }],
    ['tcp = 8080', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['unix = "/run/x.sock"', { kind: 'unix', path: '/run/x.sock' }],
    ['http = "https://localhost/health"', { kind: 'http', url: 'https://localhost/health' }],
    ['file = "/run/x"', { kind: 'file', path: '/run/x', maxAge: undefined }],
    ['log = "^ready in \\\\d+"', { kind: 'log', pattern: '^ready in \\d+' }],
    ['command = "/bin/check it"', { kind: 'command', command: { argv: ['/bin/check', 'it'], shell: false } }],
    ['notify = true', { kind: 'notify' }],
    ['fd = 3', { kind: 'fd', fd: 3 }],
    ['delay = "2s"', { kind: 'delay', delay: 2000 }],
  ])('is one of its kinds: %s', async (written, probe) => {
    expect((await definitionOf(`start.ready = { ${written} }`)).start.ready).toEqual(probe)
  })

  test.each([
    ['start.ready = {}', 'one of tcp, unix, http, file, log, command, notify, fd, delay is missing here'],
    ['start.ready = { tcp = 80, fd = 3 }', 'tcp and fd exclude each other'],
    ['start.ready = { notify = false }', 'notify is true, or not there'],
    ['start.ready = { tcp = 80, max-age = "1s" }', 'max-age belongs to a probe by file'],
    ['start.ready = { fd = 2 }', 'expected a whole number from 3 to 7'],
    ['start.ready = { tcp = 0 }', 'expected a whole number from 1 to 65535'],
    ['start.ready = { log = "(" }', 'Invalid regular expression: /(/: Unterminated group'],
    ['start.ready = { http = "ftp://x" }', '"ftp://x" is not a URL such as "http://127.0.0.1:8080/health"'],
    ['health.probe = { fd = 3 }', 'fd asks for readiness once: it cannot ask for health'],
    ['health = { interval = "1s" }', 'health needs something to look at; set probe, max-rss or max-age'],
    ['metrics = { format = "json" }', 'one of tcp, unix, http, command, file is missing here'],
  ])('is refused otherwise: %s', async (written, problem) => {
    expect(await rule(written)).toEqual([problem])
  })
})

describe('a reload', () => {
  test.each([
    ['', { kind: 'signal', signal: 'HUP', assumed: true }],
    ['reload.signal = "HUP"', { kind: 'signal', signal: 'HUP' }],
    ['reload.signal = "SIGUSR1"', { kind: 'signal', signal: 'USR1' }],
    ['reload.command = "/bin/reload"', { kind: 'command', command: { argv: ['/bin/reload'], shell: false } }],
    ['reload = false', { kind: 'none' }],
    ['reload.signal = "none"', { kind: 'none' }],
  ])('is by signal, by command or not at all: %s', async (written, by) => {
    expect((await definitionOf(written)).reload.by).toEqual(by)
  })

  test('is not by both', async () => {
    const both = 'reload = { signal = "HUP", command = "/bin/x" }'
    expect(await rule(both)).toEqual(['signal and command exclude each other'])
    expect(await rule('reload = true')).toEqual(['expected false or a table, but this is true'])
  })
})

describe('an action', () => {
  test('is a signal or a command', async () => {
    const { actions } = await definitionOf(`
      [actions.rotate-keys]
      signal = "USR2"
      [actions.dump]
      command = "/bin/dump"
      timeout = "1m"
      description = "Writes a heap dump"
    `)
    expect(actions).toEqual({
      'rotate-keys': { kind: 'signal', signal: 'USR2', description: undefined },
      dump: {
        kind: 'command',
        command: { argv: ['/bin/dump'], shell: false },
        timeout: 60_000,
        description: 'Writes a heap dump',
      },
    })
  })

  test.each([
    ['actions.x = {}', 'an action needs a signal or a command'],
    ['actions.x = { signal = "HUP", command = "/bin/x" }', 'signal and command exclude each other'],
    ['actions.x = { signal = "HUP", timeout = "1s" }', 'timeout belongs to an action by command'],
    ['actions.status = { signal = "HUP" }', '"status" is a verb of daemonctl; choose another name'],
    ['actions."a b" = { signal = "HUP" }', '"a b" is not a name of an action: it has letters, digits, - and _ only'],
    ['actions.constructor = { signal = "HUP" }', '"constructor" cannot be a name'],
  ])('is refused otherwise: %s', async (written, problem) => {
    expect(await rule(written)).toEqual([problem])
  })
})

describe('a value', () => {
  test('of a limit is one number or two', async () => {
    const { limits } = await definitionOf('limits = { nofile = 1024, core = "unlimited", nproc = "10:unlimited" }')
    expect(limits).toEqual({
      nofile: { soft: 1024, hard: 1024 },
      core: { soft: 'unlimited', hard: 'unlimited' },
      nproc: { soft: 10, hard: 'unlimited' },
    })
  })

  test.each([
    ['health = { max-rss = 1, interval = 0 }', 'this must be longer than nothing, such as "10s"'],
    ['start.timeout = "0s"', 'this must be longer than nothing, such as "10s"'],
    ['limits.nofile = "2:1"', 'the soft limit 2 is above the hard limit 1'],
    ['limits.nofile = -1', '-1 is not a limit such as 1024, "unlimited" or "1024:4096"'],
    ['limits.nofiles = 1', 'unknown key "nofiles"; did you mean "nofile"?'],
    ['umask = "0o22"', '"0o22" is not octal such as "0022", at most "0777"'],
    ['umask = 0o022', 'write permission bits as octal text in quotes, such as "0022"'],
    ['log.mode = "0755"', 'a log is read and written by its owner and executed by nobody; write "0640"'],
    ...Object.entries({
      format: '"json"',
      level: '"warn"',
      prefix: '"x "',
      'rate-limit': '5',
      target: '"syslog"',
    }).map(([key, value]): [string, string] => [
      `log = { ${key} = ${value}, capture = false }`,
      `log.${key} can be had only for output that is captured; set capture = true`,
    ]),
    ['log.overflow = "drop"', 'a daemon that writes to its file itself drops nothing; set capture = true'],
    [
      'log = { capture = true, overflow = "drop", buffer = "1 KiB" }',
      'less than 512 KiB would be full at once; set buffer = "1 MiB"',
    ],
    ['log.buffer = "1 MiB"', 'the buffer is for overflow = "drop"; set overflow = "drop", or leave it out'],
    ['log.rate-interval = "1m"', 'an interval without a rate-limit bounds nothing; set rate-limit'],
    [
      'log = { prefix = "x", format = "json" }',
      'lines of JSON have no prefix: they have the name of the daemon in them; leave one of them out',
    ],
    [
      'log = { capture = true, reopen-signal = "USR1" }',
      'captured output is written by its reader, which needs no signal; leave it out',
    ],
    [
      'log = { capture = true, stdout = "null" }',
      'there is nothing to capture: its output goes nowhere; name a file in log.stdout',
    ],
    [
      'log = { target = "journald", stdout = "/a" }',
      'the output goes to journald, and not to a file as well; leave out log.stdout or log.target',
    ],
    [
      'log = { target = "stdout", max-size = "1M" }',
      'there is no file to rotate: the output goes to stdout; leave it out',
    ],
    ['log.target = "journal"', 'expected "file", "syslog", "journald" or "stdout"; did you mean "journald"?'],
    ['log.rate-limit = 0', 'expected a whole number from 1 to 1000000'],
    [
      'log.target = "syslog"\nstart.ready = { log = "up" }',
      'its output goes to no file in which a line could be found; use another probe',
    ],
    ['log.max-size = "big"', '"big" is not a size, such as "64 MiB" or "10M"'],
    ['log.reopen-signal = "USR3"', '"USR3" is not a signal (kill -l lists them)'],
    ['respawn = { delay = "2s", max-delay = "1s" }', 'max-delay is shorter than delay'],
    ['nice = 20', 'expected a whole number from -20 to 19'],
    ['user = "a:b"', '"a:b" is not the name of a user or group'],
    ['user = 33', 'expected text, but this is the number 33'],
    ['description = "two\\nlines"', 'this must be one line'],
    ['pidfile = ""', 'this must not be empty'],
    ['pidfile = "a\\u0000b"', 'a NUL byte has no place in a definition'],
    ['environment = { X = "a\\u0000b" }', 'a NUL byte has no place in a definition'],
    ['boot.runlevels = "789"', 'run levels are digits from 0 to 6, such as "2345"'],
    ['stop = []', 'expected a table, but this is an array'],
    ['stop = 2020-01-01', 'expected a table, but this is a date'],
    ['name = "a/b"', '"a/b" is not a name of a daemon: it has letters, digits and . _ - @ only'],
    ['name = ".."', '".." is not a name of a daemon: it begins with a letter or a digit'],
    ['name = "-x"', '"-x" is not a name of a daemon: it begins with a letter or a digit'],
  ])('is refused with its reason: %s', async (written, problem) => {
    expect(await rule(written)).toEqual([problem])
  })
})

describe('a file', () => {
  test('of one daemon is named by the file, or names it', async () => {
    const names = async (text: string) => (await sourcesOf(text)).map(({ definition }) => definition.name)
    expect(await names('command = "/bin/app"')).toEqual(['app'])
    expect(await names('command = "/bin/app"\nname = "other"')).toEqual(['other'])
  })

  test('of a project has tables of daemons and nothing else', async () => {
    expect(await problemsOf('', 'project')).toEqual([])
    expect(await problemsOf('daemons = 5', 'project')).toEqual(['1:1: expected a table, but this is the number 5'])
    expect(await problemsOf('daemons.web = 5', 'project')).toEqual(['1:9: expected a table, but this is the number 5'])
    expect(await problemsOf('command = "/bin/x"\n[daemon.web]', 'project')).toEqual([
      '1:1: "command" belongs to a daemon; put it under [daemons.NAME]',
      '2:2: unknown key "daemon"; daemons are tables [daemons.NAME]',
    ])
    expect(await problemsOf('[daemons.web]\ncommand = "/bin/x"')).toEqual([
      '1:2: tables of daemons stand in a file daemonctl.toml only; this file is one daemon',
    ])
  })

  test('of a project gives no two daemons one pidfile', async () => {
    const text = `
[daemons.a]
command = "/bin/a"
pidfile = "/run/x.pid"
[daemons.b]
command = "/bin/b"
pidfile = "/run/../run/x.pid"
`
    expect(await problemsOf(text, 'project')).toEqual(['7:1: "a" has this pidfile already'])
  })

  test('of a project gives no two daemons one name', async () => {
    const text = `
[daemons.a]
command = "/bin/a"
instances = 3
[daemons."a@2"]
command = "/bin/a"
`
    expect(await problemsOf(text, 'project')).toEqual(['5:10: there is already a daemon "a@2"'])
  })
})

import { describe, expect, test } from 'vitest'
import { problemsOf } from './given.ts'

describe('every problem of a file is told at once, at its line and column', () => {
  test('in a file of one daemon', async () => {
    const text = `
comand = ["/bin/app"]
umask = 22
directory = 7
[stop]
schedule = "TERN/20"
kill-mode = "al"
  timeout = "soon"
[respawn]
burst = 0
success-exit = [1, 256, "x"]
[environment]
"A B" = "x"
PORT = 8080
`
    expect(await problemsOf(text)).toEqual([
      '1:1: the command is missing; write command = ["/usr/sbin/program", "--foreground"]',
      '2:1: unknown key "comand"; did you mean "command"?',
      '3:1: write permission bits as octal text in quotes, such as "0022"',
      '4:1: expected text, but this is the number 7',
      '6:1: "TERN/20" is not a stop schedule such as "TERM/20/KILL/5": "TERN" is not a signal (kill -l lists them)',
      '7:1: expected "all" or "main"; did you mean "all"?',
      '8:3: "soon" is not a duration, such as "100ms", "30s" or "1h 30m"',
      '10:1: expected a whole number from 1 to 1000000',
      '11:20: expected a whole number from 0 to 255',
      '11:25: expected a number, but this is text',
      '13:1: "A B" is not a name of a variable',
      '14:1: expected text, but this is the number 8080',
    ])
  })

  test('in a project, table by table', async () => {
    const text = `
[daemons.web]
command = ["/bin/web", 3]
health = { probe = { tcp = "nowhere", htp = "" } }
[daemons.worker]
start.ready = { tcp = 80, unix = "/run/x" }
[daemons."no slash/here"]
command = "/bin/x"
[daemons.web.actions.restart]
signal = "HUP"
`
    expect(await problemsOf(text, 'project')).toEqual([
      '3:24: expected text, but this is the number 3',
      '4:22: "nowhere" is not an address such as "127.0.0.1:8080", "[::1]:80" or a port',
      '4:39: unknown key "htp"; did you mean "http"?',
      '5:10: the command is missing; write command = ["/usr/sbin/program", "--foreground"]',
      '6:27: tcp and unix exclude each other',
      '7:10: "no slash/here" is not a name of a daemon: it has letters, digits and . _ - @ only',
      '9:22: "restart" is a verb of daemonctl; choose another name',
    ])
  })

  test('of a wrong key no echo is heard from the checks that miss it', async () => {
    expect(await problemsOf('command = 5\n[health]\nprobe = 3')).toEqual([
      '1:1: expected text or an array, but this is the number 5',
      '3:1: expected a table, but this is the number 3',
    ])
  })
})

describe('a syntax error', () => {
  test('is told alone, with its place', async () => {
    expect(await problemsOf('command = "/bin/app"\numask = = 2\nx = 5')).toEqual(['2:9: invalid value'])
  })

  test('of permission bits written as in a shell comes with the remedy', async () => {
    expect(await problemsOf('umask = 0022')).toEqual([expect.stringMatching(/^1:\d+: .*; write umask = "0022"$/)])
  })
})

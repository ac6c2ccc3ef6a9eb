import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf, generated } from './given.ts'

const READ =
  'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read(), fmt=plistlib.FMT_XML)))'

const hasPython = spawnSync('python3', ['-c', 'import plistlib']).status === 0
const mustHave = process.env['DAEMONCTL_CI'] === '1'
if (!hasPython && !mustHave) console.warn('SKIPPED: python3 is not installed, so property lists are not read')

/** As a strict reader of property lists reads it. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', READ], { input: text, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

const plist = async (text: string): Promise<Readonly<Record<string, unknown>>> =>
  parsed((await generated('launchd', text, { comments: true })).files[0]?.text ?? '')

/** Every key of launchd.plist(5) that may come out, with its type. */
const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  Label: (value) => typeof value === 'string',
  ProgramArguments: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  RunAtLoad: (value) => value === true,
  KeepAlive: (value) => typeof value === 'boolean' || JSON.stringify(value) === '{"SuccessfulExit":false}',
  ThrottleInterval: Number.isInteger,
  ExitTimeOut: Number.isInteger,
  AbandonProcessGroup: (value) => value === true,
  UserName: (value) => typeof value === 'string',
  InitGroups: (value) => value === true,
  GroupName: (value) => typeof value === 'string',
  WorkingDirectory: (value) => typeof value === 'string',
  Umask: Number.isInteger,
  Nice: Number.isInteger,
  EnvironmentVariables: (value) => typeof value === 'object',
  StandardOutPath: (value) => typeof value === 'string',
  StandardErrorPath: (value) => typeof value === 'string',
  SoftResourceLimits: (value) => typeof value === 'object',
  HardResourceLimits: (value) => typeof value === 'object',
}

describe.skipIf(!hasPython && !mustHave)('a property list', () => {
  test('says what the definition says, and has no key that launchd does not know', async () => {
    const read = await plist(`description = "a & b -- c"
command = ["/usr/sbin/d", "a & <b>", "]]>"]
user = "_www"
group = "_www"
directory = "/srv"
umask = "0027"
nice = 5
[environment]
GREETING = "it's"
[limits]
nofile = 1024
core = "unlimited"
[log]
stdout = "/var/log/d.log"
[stop]
schedule = "TERM/20/KILL/5"
kill-mode = "main"
[respawn]
policy = "on-failure"
delay = "3s"
[hooks]
pre-start = ["/bin/echo", "--"]`)
    expect(read).toEqual({
      Label: 'app',
      ProgramArguments: ['/usr/sbin/d', 'a & <b>', ']]>'],
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 3,
      ExitTimeOut: 20,
      AbandonProcessGroup: true,
      UserName: '_www',
      InitGroups: true,
      GroupName: '_www',
      WorkingDirectory: '/srv',
      Umask: 0o027,
      Nice: 5,
      EnvironmentVariables: { GREETING: "it's" },
      StandardOutPath: '/var/log/d.log',
      StandardErrorPath: '/var/log/d.log',
      SoftResourceLimits: { NumberOfFiles: 1024 },
      HardResourceLimits: { NumberOfFiles: 1024 },
    })
    const strange = Object.entries(read).filter(([key, value]) => TYPES[key]?.(value) !== true)
    expect(strange).toEqual([])
  })

  test.each([
    ['always', true],
    ['never', false],
  ])('respawn policy %s', async (policy, keepAlive) => {
    expect((await plist(`command = "/d"\n[respawn]\npolicy = "${policy}"`))['KeepAlive']).toBe(keepAlive)
  })

  test('what detaches itself has a shell beside it; a config test comes first', async () => {
    const [, , script, ...words] = (
      await plist('type = "forking"\npidfile = "/run/d.pid"\ncommand = ["/d", "x"]\nconfig-test = ["/d", "-t"]')
    )['ProgramArguments'] as string[]
    expect(script).toMatch(/^\/d -t \|\| exit 78; rm -f "\$0"/)
    expect(words).toEqual(['/run/d.pid', '/d', 'x'])
    expect(spawnSync('/bin/sh', ['-n', '-c', script ?? '(']).status).toBe(0)
  })

  test('every text arrives', async () => {
    const base = await definitionOf('command = "/d"')
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((one) => !CONTROL.test(one))
    const values = fc.sample(text, { numRuns: 2_000, seed: 4711 })
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
    const made = generate('launchd', { ...base, command: { argv: ['/d', ...values], shell: false }, environment })
    if (!made.ok) throw new Error(made.error.message)
    const read = parsed(made.value.files[0]?.text ?? '')
    expect(read['ProgramArguments']).toEqual(['/d', ...values])
    expect(read['EnvironmentVariables']).toEqual(environment)
  })
})

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

test.each(['\u0001', '\u001b[31m', 'a\u000bb', '\uffff'])('%j is refused, not mangled', async (value) => {
  const base = await definitionOf('command = "/d"')
  const made = generate('launchd', { ...base, command: { argv: ['/d', value], shell: false } })
  expect(made.ok ? '' : made.error.message).toContain('XML knows no control characters')
})

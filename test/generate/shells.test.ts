import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Definition } from '../../src/definition/definition.ts'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf } from './given.ts'

/** Writes its arguments and its environment, each ended by a NUL byte, in place of a daemon. */
const TELLS = String.raw`#!/bin/sh
printf '%s\0' "$@" >"$(dirname "$0")/arguments"
cat /proc/self/environ >"$(dirname "$0")/environment"
`

/** What a definition can hold: no NUL byte, no half of a pair. */
const value = fc.oneof(
  fc.string({ maxLength: 12, unit: fc.constantFrom(...Array.from(' \t\n\r"\'\\$`%;#&|<>(){}[]*?!~=:-aé☃\u0001')) }),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
  fc.constantFrom('', '\n\n\n\n', "'", '--', '-n', '{{name}}', '$HOME', '$(id)', 'x'.repeat(4096)),
)

function withPlace(body: (place: string) => void): void {
  const place = mkdtempSync(join(tmpdir(), 'daemonctl-generate-'))
  try {
    body(place)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

const base = await definitionOf('command = "/bin/true"')

describe.skipIf(process.platform !== 'linux').each(['runit', 's6'] as const)('%s', (target) => {
  test('every byte of an argument and of a variable arrives', () => {
    withPlace((place) => {
      const program = join(place, 'tells')
      writeFileSync(program, TELLS)
      chmodSync(program, 0o755)
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
          const definition: Definition = {
            ...base,
            name: 'tells',
            pidfile: join(place, 'pid'),
            command: { argv: [program, ...values], shell: false },
            environment: Object.fromEntries(values.map((text, index) => [`V${index}`, text])),
            log: { ...base.log, stdout: { kind: 'null' } },
          }
          const made = generate(target, definition)
          if (!made.ok) throw new Error(made.error.message)
          const run = made.value.files.find(({ name }) => name === 'tells/run')
          const { status, stderr } = spawnSync('/bin/sh', ['-c', run?.text ?? 'exit 9'], { encoding: 'utf8' })
          expect([status, stderr]).toEqual([0, ''])
          expect(wordsOf(join(place, 'arguments'))).toEqual(values)
          const variables = wordsOf(join(place, 'environment'))
          expect(variables).toEqual(expect.arrayContaining(values.map((text, index) => `V${index}=${text}`)))
        }),
        { numRuns: 40 },
      )
    })
  })
})

function wordsOf(path: string): readonly string[] {
  return spawnSync('cat', [path], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1)
}

const EVERYTHING = `description = "It's a daemon"
command = ["/usr/sbin/d", "-x", "two words"]
user = "nobody"
group = "nogroup"
nice = 5
environment-file = ["/etc/default/d", "-/etc/sysconfig/d"]
config-test = ["/usr/sbin/d", "-t"]
[environment]
GREETING = "it's"
[limits]
nofile = 1024
[start]
ready = { tcp = "127.0.0.1:80" }
[stop]
schedule = "QUIT/5/TERM/5/KILL/5"
command = ["/usr/sbin/d", "-stop"]
[reload]
command = ["/usr/sbin/d", "-reload"]
[respawn]
policy = "on-failure"
prevent-exit = [78]
[hooks]
pre-start = ["/bin/echo", "a b"]
post-start = ["/bin/echo", "a b"]
pre-stop = ["/bin/echo", "a b"]
post-stop = ["/bin/echo", "a b"]
pre-reload = ["/bin/echo", "a b"]
[actions]
turn = { signal = "USR1" }`

const hasShellcheck = spawnSync('shellcheck', ['--version']).error === undefined
const mustHave = process.env['DAEMONCTL_CI'] === '1'
if (!hasShellcheck && !mustHave) console.warn('SKIPPED: shellcheck is not installed, so made scripts are not checked')

describe.each(['openrc', 'runit', 's6'] as const)('the scripts for %s', (target) => {
  const cases: readonly (readonly [string, string])[] = [
    ['that stays', EVERYTHING],
    ['that detaches itself', `type = "forking"\npidfile = "/run/d/d.pid"\n${EVERYTHING}`],
    ['of the plainest kind', 'command = "/usr/sbin/d"'],
  ]
  test.skipIf(!hasShellcheck && !mustHave).each(cases)('of a daemon %s pass shellcheck', async (_what, text) => {
    const made = generate(target, await definitionOf(text))
    if (!made.ok) throw new Error(made.error.message)
    withPlace((place) => {
      for (const { name, text, mode } of made.value.files) {
        if ((mode & 0o100) === 0) continue
        const path = join(place, name)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
        // Of openrc-run's variables it knows nothing, and that a function is called by somebody else.
        const exceptions = target === 'openrc' ? ['-e', 'SC2034,SC2154,SC2317,SC2016'] : []
        const checked = spawnSync('shellcheck', ['-s', 'sh', ...exceptions, path], { encoding: 'utf8' })
        expect(checked.stdout, name).toBe('')
      }
    })
  })
})

import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { expect } from 'vitest'
import { scenario, type Rig } from './rig.ts'

// eslint-disable-next-line no-control-regex
const ESCAPE = /[\u001b\u009b]/

const VERBS = ['start', 'status', 'reload', 'restart', 'history', 'list', 'show', 'check', 'stop', 'status'] as const

function define(rig: Rig): void {
  rig.define('d', { command: rig.fixture('obedient.pl'), description: 'A daemon' })
}

scenario('M27 into a pipe everything is plain: no colours, no cursor tricks, whole lines', async (rig) => {
  define(rig)
  rig.define('slow', { command: rig.fixture('never-ready.pl'), start: { ready: { delay: '1300ms' } } })
  for (const words of [
    ...VERBS.map((verb) => [verb, 'd']),
    ['start', 'slow'],
    ['stop', 'slow'],
    ['start', 'nowhere'],
    ['reload', 'd'],
    ['help'],
  ]) {
    if (words[0] === 'list') words.pop()
    const { stdout, stderr, command } = await rig.daemonctl(words)
    for (const text of [stdout, stderr]) {
      expect([command, ESCAPE.test(text), text.includes('\r')]).toEqual([command, false, false])
      expect(text === '' || text.endsWith('\n')).toBe(true)
    }
  }
})

scenario('M27 on a terminal there are colours, unless NO_COLOR or TERM=dumb', { needs: ['script'] }, async (rig) => {
  define(rig)
  const on = await rig.daemonctl(['start', 'd'], { terminal: true })
  expect([on.status, ESCAPE.test(on.stdout)]).toEqual([0, true])
  expect(on.stdout).toMatch(/Starting .*d.* \.\.\. .*ok/)
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const plain = await rig.daemonctl(['status', 'd'], { terminal: true, env })
    expect([plain.status, ESCAPE.test(plain.stdout)]).toEqual([0, false])
  }
  const forced = await rig.daemonctl(['status', 'd'], { env: { FORCE_COLOR: '1' } })
  expect(ESCAPE.test(forced.stdout)).toBe(true)
})

scenario('P9 a wait is told of on a terminal, with its bound, and only there', { needs: ['script'] }, async (rig) => {
  rig.define('d', { command: rig.fixture('never-ready.pl'), start: { ready: { delay: '2500ms' }, timeout: '20s' } })
  const told = await rig.daemonctl(['start', 'd'], { terminal: true })
  expect(told.stdout).toMatch(/waiting for d: readiness \(delay of 2\.5 s\): 1 s of 20 s/)
  // The line is gone before the result comes.
  const lines = told.stdout.trimEnd().split('\n')
  expect(lines.at(-2)).toMatch(/Starting .*ok/)
  expect(lines.at(-1)).toContain('(this is told once)')
  await rig.daemonctl(['stop', 'd'])
  const quiet = await rig.daemonctl(['start', 'd', '--quiet'], { terminal: true })
  expect([quiet.status, quiet.stdout]).toEqual([0, ''])
})

scenario('--quiet says nothing of success, and everything of failure', async (rig) => {
  define(rig)
  for (const verb of ['start', 'start', 'restart', 'reload', 'stop', 'stop']) {
    const { stdout, stderr, status } = await rig.daemonctl([verb, 'd', '-q'])
    expect([verb, status, stdout, stderr]).toEqual([verb, 0, '', ''])
  }
  const failed = await rig.daemonctl(['reload', 'd', '-q'])
  expect([failed.status, failed.stdout, failed.stderr]).toEqual([7, '', expect.stringContaining('not running')])
  const status = await rig.daemonctl(['status', 'd', '-q'])
  expect([status.status, status.stdout]).toEqual([3, ''])
})

scenario('--json is JSON on standard output, whatever happens, and nothing but that', async (rig) => {
  define(rig)
  rig.define('bad', { command: rig.fixture('writes-escape-sequences.pl') })
  const lines = [
    'start d',
    'start d',
    'status d',
    'status',
    'list',
    'show d',
    'check d',
    'check',
    'history d',
    'reload d',
    'signal d USR1',
    'restart d',
    'stop d',
    'stop d',
    'reload d',
    'start bad',
    'start nowhere',
    'status nowhere',
    'start d -n',
    'stop d -n',
    'check nowhere',
    'signal d NOPE',
    'start --all x',
    'history nowhere',
    'show nowhere',
  ]
  for (const line of lines) {
    const { stdout } = await rig.daemonctl([...line.split(' '), '--json'])
    const parse = (): unknown => JSON.parse(stdout)
    expect(parse, `${line}: ${stdout}`).not.toThrow()
    expect([line, ESCAPE.test(stdout)]).toEqual([line, false])
    expect([line, parse()]).toEqual([line, expect.objectContaining({ version: 1 })])
  }
})

scenario('an answer that cannot be written is a failure like any other', (rig) => {
  define(rig)
  const full = openSync('/dev/full', 'w')
  try {
    const shown = spawnSync(process.execPath, [rig.program(), 'show', 'd'], {
      cwd: rig.path(),
      env: { ...process.env, ...rig.surroundings() },
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect(shown.status).toBe(1)
    expect(shown.stderr).toMatch(/^daemonctl: standard output cannot be written: no space left on device/)
  } finally {
    closeSync(full)
  }
  return Promise.resolve()
})

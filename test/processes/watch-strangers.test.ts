import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, expect, inject } from 'vitest'
import { lives, PERL, scenario, SOAK, type Rig } from './rig.ts'
import type { Report } from './watch-pid-reuse/driver.ts'
import { watch } from './watching.ts'

/** P1: whatever a pidfile says, and whoever gets the PID of a dead daemon: no stranger is signalled or kept up. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' } }
const SOON = { delay: '10ms', 'max-delay': '20ms', burst: 100_000 }
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

const driver = (): string => join(inject('bundles'), 'watch-reuse-driver.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('watch-pid-reuse/driver.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    outfile: driver(),
  })
})

scenario('a pidfile that names somebody else: the daemon is started, and he is left alone', async (rig) => {
  const stranger = await rig.stranger()
  rig.define('garbage', { ...QUICK, command: rig.fixture('obedient.pl', 'garbage'), respawn: SOON })
  rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
  rig.write(rig.pidfile('garbage'), 'not a number\n')
  rig.define('d', { ...QUICK, command: ['/bin/sleep', '86400'], executable: '/bin/sleep', respawn: SOON })
  const watcher = await watch(rig)
  expect(await watcher.phases()).toEqual({ d: 'up', garbage: 'up' })
  expect(rig.pid('d')).not.toBe(stranger.pid)
  // Somebody writes the stranger's PID there while the daemon is watched: it stays the one that it is.
  const { pid } = await watcher.told('d')
  rig.write(rig.pidfile('d'), `${stranger.pid}\n`)
  expect((await rig.daemonctl(['stop', 'garbage'])).status).toBe(0)
  expect([(await watcher.told('d')).phase, (await watcher.told('d')).pid]).toEqual(['up', pid])
  await watcher.end('SIGTERM')
  const ending = await watch(rig, ['--on-exit', 'stop'])
  await ending.end()
  expect(rig.copies('sleep 86400')).toEqual([])
  expect([lives(stranger), stranger.signals()]).toEqual([true, []])
})

async function reuse(rig: Rig, program: 'bundle' | 'alone', count: number): Promise<Report> {
  rig.define('d', { ...QUICK, command: [PERL, '-e', 'sleep while 1'], start: { settle: '0ms' }, respawn: SOON })
  if (program === 'alone') {
    // Outside of the project the optional dependency is not found.
    for (const part of ['bin', 'dist']) cpSync(join(inject('bundles'), part), rig.path(part), { recursive: true })
  }
  const runner = program === 'alone' ? rig.path('bin', 'run.js') : rig.program()
  const words = [
    driver(),
    String(count),
    join(FIXTURES, 'nursery.pl'),
    PERL,
    rig.pidfile('d'),
    process.execPath,
    runner,
  ]
  const child = spawn(
    'unshare',
    ['--pid', '--fork', '--mount-proc', PERL, join(FIXTURES, 'reaps-all.pl'), process.execPath, ...words],
    {
      cwd: rig.directory,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: rig.directory, ...rig.surroundings() },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  let complained = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text))
  const status = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  expect([status, complained]).toEqual([0, ''])
  return JSON.parse(said) as Report
}

const COUNT = SOAK ? 500 : 8
const options = { root: true, needs: ['unshare'], seconds: SOAK ? 1500 : 110 }

for (const [program, what] of [
  ['bundle', ''],
  ['alone', ', where there are no pidfds (without koffi)'],
] as const) {
  scenario(
    `P1 ${COUNT} times the PID of a dead daemon is a stranger's before its watcher looks${what}`,
    options,
    async (rig) => {
      const report = await reuse(rig, program, COUNT)
      expect(report.problems).toEqual([])
      expect(report.reuses).toBe(COUNT)
    },
  )
}

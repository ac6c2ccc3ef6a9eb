import { spawn } from 'node:child_process'
import { copyFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, expect, inject } from 'vitest'
import type { Report } from './pid-reuse/driver.ts'
import { PERL, scenario, SOAK, type Rig } from './rig.ts'

/** M3, P1: a stranger gets the very PID of a dead daemon, and no verb ever signals it or calls it running. */
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

const driver = (): string => join(inject('bundles'), 'reuse-driver.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('pid-reuse/driver.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['koffi', '@koromix/*'],
    banner: { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url)" },
    define: { FAULT_POINTS: 'false', BUILD_ID: '""' },
    logLevel: 'warning',
    outfile: driver(),
  })
})

async function reuse(rig: Rig, program: string, count: number): Promise<Report> {
  const start = { settle: '0ms' }
  rig.define('recorded', { command: ['/bin/sleep', '86400'], start })
  rig.define('recorded-lookalike', { command: [PERL, '-e', 'sleep while 1'], start })
  rig.define('pidfile', { command: ['/bin/sleep', '86400'], start })
  rig.define('pidfile-lookalike', { command: [PERL, '-e', 'sleep while 1'], start })
  const child = spawn(
    'unshare',
    [
      '--pid',
      '--fork',
      '--mount-proc',
      PERL,
      join(FIXTURES, 'reaps-all.pl'),
      process.execPath,
      program,
      String(count),
      '42',
      join(FIXTURES, 'nursery.pl'),
      PERL,
      process.execPath,
      program === driver() ? join(inject('bundles'), 'bin', 'run.js') : rig.path('bin', 'run.js'),
    ],
    {
      cwd: rig.directory,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: rig.directory,
        DAEMONCTL_CONFIG_DIR: rig.path('etc'),
        DAEMONCTL_RUNTIME_DIR: rig.path('run'),
        DAEMONCTL_STATE_DIR: rig.path('state'),
        DAEMONCTL_LOG_DIR: rig.path('log'),
        DAEMONCTL_CACHE_DIR: rig.path('cache'),
      },
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

const COUNT = SOAK ? 10_000 : 300
const options = { root: true, needs: ['unshare'], seconds: SOAK ? 3000 : 150 }

scenario(`M3 P1 ${COUNT} strangers with the PID of a dead daemon: none is signalled`, options, async (rig) => {
  const report = await reuse(rig, driver(), COUNT)
  expect(report.problems).toEqual([])
  expect(report.reuses).toBe(COUNT)
  expect(report.byCli).toBeGreaterThan(COUNT / 30)
})

const FEWER = SOAK ? 2_000 : 60

scenario(`M3 P1 ${FEWER} of them where there are no pidfds (without koffi)`, options, async (rig) => {
  // Outside of the project the optional dependency is not found.
  copyFileSync(driver(), rig.path('driver.mjs'))
  for (const part of ['bin', 'dist']) cpSync(join(inject('bundles'), part), rig.path(part), { recursive: true })
  const report = await reuse(rig, rig.path('driver.mjs'), FEWER)
  expect(report.problems).toEqual([])
  expect(report.reuses).toBe(FEWER)
})

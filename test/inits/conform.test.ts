import { describe, expect, inject, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd, bootSysvinit } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'

const DEMOD = '/usr/local/sbin/demod'

const FORKING = `type = "forking"
command = ["${DEMOD}", "-d", "-c", "/etc/demod.conf", "-p", "/run/demod/demod.pid", "-l", "/var/log/demod.log"]
pidfile = "/run/demod/demod.pid"
user = "demod"
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[log]
stdout = "/var/log/demod.log"`

const SIMPLE = FORKING.replace('"forking"', '"simple"').replace(
  '"-d", "-c", "/etc/demod.conf", "-p", "/run/demod/demod.pid"',
  '"-c", "/etc/demod.conf"',
)

interface Report {
  readonly 'full-marks': boolean
  readonly checks: readonly { readonly id: string; readonly result: string; readonly why: string | null }[]
}

/** Runs our own conformance test inside. */
async function conform(machine: Machine, words: string): Promise<Report> {
  const command = `${process.execPath} ${inject('bundles')}/bin/run.js conform ${words} --yes --json >/tmp/report 2>&1`
  await machine.finish(command, 110_000)
  const said = machine.read('/tmp/report')
  try {
    return JSON.parse(said) as Report
  } catch {
    throw new Error(said)
  }
}

const notPassed = ({ checks }: Report): readonly string[] =>
  checks.filter(({ result }) => result !== 'passed').map(({ id, result, why }) => `${id}: ${result}: ${why}`)

describe.skipIf(skipped)('daemonctl conform', () => {
  test.concurrent.each([
    ['forking', FORKING],
    ['simple', SIMPLE],
  ])('gives the init script of a daemon of type %s full marks', async (type, text) => {
    expect(text).toContain(type)
    const machine = await bootSysvinit()
    try {
      await install(machine, 'sysvinit', 'demod', text)
      const report = await conform(machine, '/etc/init.d/demod')
      expect(notPassed(report)).toEqual([])
      expect(report['full-marks']).toBe(true)
      machine.must('! pgrep -x demod')
    } finally {
      await machine.end()
    }
  })

  test.concurrent('finds what systemctl does in its own way, and nothing else', async () => {
    const machine = await bootSystemd()
    try {
      await install(machine, 'systemd', 'demod', `${FORKING}\n[respawn]\npolicy = "never"`)
      machine.must('systemctl daemon-reload')
      const report = await conform(machine, '--name demod --via systemctl')
      expect(notPassed(report)).toEqual([
        'unknown-action: failed: exit status 1 where 2 is right',
        'no-action: failed: exit status 1 where 2 is right',
        'reload-stopped: failed: exit status 1 where 7 is right',
        'reload-dead: failed: exit status 1 where 7 is right',
        // It does not ask the pidfile of what it has not started itself.
        'status-garbage: failed: exit status 3 where 1 or 4 is right',
        'status-empty: failed: exit status 3 where 1 or 4 is right',
        'status-foreign: failed: exit status 3 where 1 or 4 is right',
        'reload-foreign: failed: exit status 1 where 7 is right',
        'start-unprivileged: failed: exit status 1 where 4 is right',
      ])
    } finally {
      await machine.end()
    }
  })
})

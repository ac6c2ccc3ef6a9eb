import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'
import type { GenerateOptions } from '../../src/generate/options.ts'

const DEMOD = '/usr/local/sbin/demod'

describe.skipIf(skipped)('systemd 252', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootSystemd()
  })
  afterAll(() => machine?.end())

  const unit = async (name: string, text: string, options: Partial<GenerateOptions> = {}): Promise<void> => {
    await install(machine, 'systemd', name, text, { systemdVersion: 252, ...options })
    verify(name.endsWith('@') ? `${name}1` : name)
    machine.must('systemctl daemon-reload')
  }
  /** Only warnings give status 0 as well: nothing may be said. */
  const verify = (name: string): void => {
    const file = `/etc/systemd/system/${name.replace(/@.*/, '@')}.service`
    const { status, stdout, stderr } = machine.run(`systemd-analyze verify --man=no ${file}`)
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  }
  const show = (name: string, property: string): string =>
    machine.must(`systemctl show --property ${property} --value ${name}`)
  const start = (name: string): void => void machine.must(`systemctl start ${name}`)
  const log = (name: string): string => machine.read(`/var/log/${name}.log`)
  const logged = (name: string, event: string): Promise<void> =>
    machine.until(`grep -q '${event}' /var/log/${name}.log`)

  test('start, reload, crash and respawn, stop', async () => {
    await unit(
      'plain',
      `command = ["${DEMOD}", "-c", "/etc/demod.conf", "-l", "/var/log/plain.log"]
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[respawn]
delay = "100ms"`,
    )
    start('plain')
    expect(machine.must('systemctl is-active plain')).toBe('active')
    const pid = show('plain', 'MainPID')
    await logged('plain', 'started')
    machine.must('systemctl reload plain')
    await logged('plain', 'reloaded')
    expect(show('plain', 'MainPID')).toBe(pid)
    machine.must(`kill -s KILL ${pid}`)
    await machine.until('[ "$(systemctl show --property NRestarts --value plain)" = 1 ] && systemctl is-active plain')
    machine.must('systemctl stop plain')
    expect(machine.run('systemctl is-active plain').status).toBe(3)
    expect(show('plain', 'Result')).toBe('success')
  })
})

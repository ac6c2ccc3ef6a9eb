import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf, filesOf, install } from './made.ts'
import { skipped } from './machine/capable.ts'
import type { Machine } from './machine/machine.ts'
import { bootOpenrc } from './machine/supervisors.ts'
import { HOSTILE, randomValues } from './values.ts'

const DEMOD = '/usr/local/sbin/demod'

const SIMPLE = `description = "It's a daemon to try scripts with"
command = ["${DEMOD}", "-c", "/etc/demod.conf", "-l", "/var/log/demod/simple.log"]
user = "demod"
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[environment]
GREETING = "two words"
[log]
stdout = "/var/log/demod/simple.log"
[stop]
schedule = "TERM/5/KILL/5"
[respawn]
policy = "always"
delay = "1s"
burst = 3`

const FORKING = `type = "forking"
command = ["${DEMOD}", "-d", "-c", "/etc/demod.conf", "-p", "/run/demod/demod.pid", "-l", "/var/log/demod/forking.log"]
pidfile = "/run/demod/demod.pid"
user = "demod"
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[environment]
GREETING = "two words"
[log]
stdout = "/var/log/demod/forking.log"
[stop]
schedule = "TERM/5/KILL/5"`

describe.skipIf(skipped)('OpenRC', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootOpenrc()
    await install(machine, 'openrc', 'simple', SIMPLE)
    await install(machine, 'openrc', 'forking', FORKING)
    machine.must('mkdir -p /var/log/demod && chown demod /var/log/demod')
  })
  afterAll(() => machine?.end())

  const status = (name: string): number | null => machine.run(`rc-service ${name} status`).status
  const pidOf = (name: string): string => machine.must(`pgrep -f '^${DEMOD} .*/${name}[.]log'`)

  test.each(['simple', 'forking'])('%s: start, status, reload, stop', async (name) => {
    expect(status(name)).toBe(3)
    machine.must(`rc-service ${name} start`)
    await machine.until(`grep -q started /var/log/demod/${name}.log`)
    expect(status(name)).toBe(0)
    const pid = pidOf(name)
    expect(machine.must(`stat -c %U /proc/${pid}`)).toBe('demod')
    const variables = machine
      .read(`/proc/${pid}/environ`)
      .split('\0')
      .filter((line) => line !== '')
    expect(variables.toSorted()).toEqual([
      `DAEMONCTL_NAME=${name}`,
      'GREETING=two words',
      expect.stringMatching(/^HOME=/),
      'LOGNAME=demod',
      expect.stringMatching(/^PATH=\/usr\/local\/sbin:/),
      'SHELL=/usr/sbin/nologin',
      'USER=demod',
    ])
    machine.must(`rc-service ${name} start`)
    expect(pidOf(name)).toBe(pid)
    machine.must(`rc-service ${name} reload`)
    await machine.until(`grep -q reloaded /var/log/demod/${name}.log`)
    expect(pidOf(name)).toBe(pid)
    machine.must(`rc-service ${name} restart`)
    expect(pidOf(name)).not.toBe(pid)
    machine.must(`rc-service ${name} stop`)
    expect(machine.run(`pgrep -f '^${DEMOD} .*/${name}[.]log'`).status).toBe(1)
    expect(status(name)).toBe(3)
  })

  test.each(['simple', 'forking'])('%s: a bad configuration neither starts nor ends it', async (name) => {
    machine.must('echo bad >/etc/demod.conf')
    expect(machine.run(`rc-service ${name} start`).status).not.toBe(0)
    expect(machine.run(`rc-service ${name} configtest`).status).not.toBe(0)
    machine.must(`: >/var/log/demod/${name}.log; echo ok >/etc/demod.conf; rc-service ${name} start`)
    await machine.until(`grep -q started /var/log/demod/${name}.log`)
    machine.must('echo bad >/etc/demod.conf')
    const pid = pidOf(name)
    expect(machine.run(`rc-service ${name} restart`).status).not.toBe(0)
    expect(machine.run(`rc-service ${name} reload`).status).not.toBe(0)
    expect(pidOf(name)).toBe(pid)
    machine.must(`echo ok >/etc/demod.conf; rc-service ${name} stop`)
  })

  test('what is supervised is started again', async () => {
    machine.must('rc-service simple start')
    const pid = pidOf('simple')
    machine.must(`kill -s KILL ${pid}`)
    await machine.until(`p=$(pgrep -f '^${DEMOD} .*/simple[.]log') && [ "$p" != ${pid} ]`)
    expect(status('simple')).toBe(0)
    machine.must('rc-service simple stop')
  })

  test('a daemon that ignores TERM is killed in the end', async () => {
    const deaf = SIMPLE.replaceAll('simple', 'deaf').replace('"-l"', '"-i", "-l"').replace('TERM/5', 'TERM/1')
    await install(machine, 'openrc', 'deaf', deaf)
    machine.must('rc-service deaf start')
    await machine.until('grep -q started /var/log/demod/deaf.log')
    machine.must('rc-service deaf stop')
    await machine.until(`! pgrep -f '^${DEMOD} .*/deaf[.]log'`)
  })

  test('what is enabled starts at boot', async () => {
    const [script] = await filesOf('openrc', 'simple', SIMPLE)
    const another = await bootOpenrc(`
      cat >/etc/init.d/simple <<'END'
${script?.text}END
      chmod 755 /etc/init.d/simple
      mkdir -p /var/log/demod && chown demod /var/log/demod
      rc-update add simple default >/dev/null`)
    try {
      await another.until('rc-service simple status')
      await another.until('grep -q started /var/log/demod/simple.log')
    } finally {
      await another.end()
    }
  })

  const VALUES = [...HOSTILE, ...randomValues(1_200, 815)]
  test.each(['simple', 'forking'])('%s: every byte of an argument and of a variable arrives', async (type) => {
    const base = await definitionOf('base', `command = "${DEMOD}"`)
    for (const [index, at] of Array.from({ length: Math.ceil(VALUES.length / 209) }, (_, one) => one * 209).entries()) {
      const values = VALUES.slice(at, at + 209)
      const name = `args-${type}-${index}`
      const file = `/run/${name}.arguments`
      const options = type === 'forking' ? ['-d', '-p', `/run/${name}.pid`] : []
      const made = generate('openrc', {
        ...base,
        name,
        type: type === 'forking' ? 'forking' : 'simple',
        pidfile: `/run/${name}.pid`,
        command: { argv: [DEMOD, ...options, '-a', file, ...values], shell: false },
        environment: Object.fromEntries(values.map((value, number) => [`V${number}`, value])),
      })
      if (!made.ok) throw new Error(made.error.message)
      for (const one of made.value.files) machine.write(one.path, one.text, one.mode)
      machine.must(`rc-service ${name} start`)
      await machine.until(`[ -s ${file} ]`)
      expect(machine.read(file).split('\0').slice(0, -1)).toEqual(values)
      const pid = machine.must(`pgrep -f -- '-a ${file.replace('.', '[.]')} ' | tail -n 1`)
      const variables = new Set(machine.read(`/proc/${pid}/environ`).split('\0'))
      expect(values.filter((value, number) => !variables.has(`V${number}=${value}`))).toEqual([])
      machine.must(`rc-service ${name} stop`)
    }
  })
})

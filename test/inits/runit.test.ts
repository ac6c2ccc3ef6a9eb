import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import type { Machine } from './machine/machine.ts'
import { bootRunit } from './machine/supervisors.ts'

const DEMOD = '/usr/local/sbin/demod'

const daemon = (name: string, ...options: readonly string[]): string => `
command = ${JSON.stringify([DEMOD, ...options, '-c', '/etc/demod.conf', '-l', `/var/log/demod/${name}.log`])}
user = "demod"
config-test = ["${DEMOD}", "-c", "/etc/demod.conf", "-t"]
[environment]
GREETING = "two words"
[log]
stdout = "/var/log/demod/${name}.log"
[respawn]
policy = "on-failure"
delay = "100ms"`

describe.skipIf(skipped)('runit', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootRunit()
    machine.must('mkdir -p /var/log/demod && chown demod /var/log/demod')
  })
  afterAll(() => machine?.end())

  const enable = async (name: string, text: string): Promise<void> => {
    await install(machine, 'runit', name, text)
    machine.must(`ln -s /etc/sv/${name} /etc/service/${name}`)
    await machine.until(`[ -p /etc/service/${name}/supervise/ok ]`)
  }
  const says = (name: string, text: string): Promise<void> => machine.until(`sv status ${name} | grep -q '^${text}:'`)
  const pidOf = (name: string): string => machine.must(`cat /etc/service/${name}/supervise/pid`)
  const logged = (name: string, event: string): Promise<void> =>
    machine.until(`grep -q ${event} /var/log/demod/${name}.log`)

  test('start, status, reload, stop', async () => {
    await enable('simple', daemon('simple'))
    await logged('simple', 'started')
    const pid = pidOf('simple')
    expect(machine.must(`cat /proc/${pid}/comm`)).toBe('demod')
    expect(machine.must(`stat -c %U /proc/${pid}`)).toBe('demod')
    expect(machine.read('/run/daemonctl/simple.pid')).toBe(`${pid}\n`)
    expect(machine.read(`/proc/${pid}/environ`).split('\0')).toContain('GREETING=two words')
    machine.must('sv reload simple')
    await logged('simple', 'reloaded')
    expect(pidOf('simple')).toBe(pid)
    machine.must('sv down simple')
    await says('simple', 'down')
    await machine.until('[ ! -e /run/daemonctl/simple.pid ]')
    machine.must('sv up simple')
    await says('simple', 'run')
    expect(pidOf('simple')).not.toBe(pid)
  })

  test('what is killed runs again; what ends well does not', async () => {
    await enable('killed', daemon('killed'))
    await logged('killed', 'started')
    const pid = pidOf('killed')
    machine.must(`kill -s KILL ${pid}`)
    await machine.until(`p=$(cat /etc/service/killed/supervise/pid) && [ "$p" != ${pid} ] &&
      [ "$(cat /proc/$p/comm)" = demod ] && grep -q "^$p started" /var/log/demod/killed.log`)
    machine.must('kill -s TERM "$(cat /etc/service/killed/supervise/pid)"')
    await says('killed', 'down')
  })

  test('with a bad configuration it is not run, and not reloaded', async () => {
    await enable('careful', daemon('careful'))
    await logged('careful', 'started')
    const pid = pidOf('careful')
    machine.must('echo bad >/etc/demod.conf; sv reload careful')
    expect(pidOf('careful')).toBe(pid)
    machine.must(': >/var/log/demod/careful.log; sv down careful')
    await says('careful', 'down')
    machine.run('sv -w 2 start careful')
    await says('careful', 'down')
    expect(machine.read('/var/log/demod/careful.log')).toContain('careful: its configuration is bad')
    machine.must('echo ok >/etc/demod.conf; sv start careful')
    await says('careful', 'run')
  })

  test('what nobody gave a log file has svlogd', async () => {
    const text = `command = ["${DEMOD}"]\nuser = "demod"\n[log]\nmax-size = "1 MiB"\nkeep = 3`
    await enable('chatty', text)
    await machine.until('grep -q started /var/log/daemonctl/chatty/current')
    expect(machine.read('/var/log/daemonctl/chatty/config')).toBe('s1048576\nn3\n')
    machine.must('sv down chatty')
  })

  test('one that detaches itself is seen through', async () => {
    const text = `type = "forking"
command = ["${DEMOD}", "-d", "-p", "/run/detached/detached.pid", "-l", "/var/log/demod/detached.log"]
pidfile = "/run/detached/detached.pid"
user = "demod"
[log]
stdout = "/var/log/demod/detached.log"
[respawn]
policy = "always"
delay = "100ms"`
    await enable('detached', text)
    await logged('detached', 'started')
    machine.must('sv reload detached')
    await logged('detached', 'reloaded')
    const pid = machine.must('cat /run/detached/detached.pid')
    machine.must(`kill -s KILL ${pid}`)
    await machine.until(`p=$(cat /run/detached/detached.pid) && [ -n "$p" ] && [ "$p" != ${pid} ]`)
    machine.must('sv down detached')
    await says('detached', 'down')
    await machine.until(`! pgrep -f '^${DEMOD} -d -p /run/detached'`)
  })

  test('check tells when it is ready', async () => {
    await enable('slow', `${daemon('slow')}\n[start]\nready = { file = "/tmp/ready" }`)
    await logged('slow', 'started')
    expect(machine.run('sv -w 1 check slow').status).not.toBe(0)
    machine.must(': >/tmp/ready; sv check slow')
  })

  test('a stop begins with the signal of the schedule', async () => {
    await enable('quits', `${daemon('quits', '-i')}\n[stop]\nschedule = "QUIT/1/KILL/1"`)
    await logged('quits', 'started')
    machine.run('sv -w 1 force-stop quits')
    await says('quits', 'down')
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import type { Machine } from './machine/machine.ts'
import { bootS6 } from './machine/supervisors.ts'

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
delay = "100ms"
burst = 3
interval = "1m"`

describe.skipIf(skipped)('s6', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootS6()
    machine.must('mkdir -p /var/log/demod && chown demod /var/log/demod')
  })
  afterAll(() => machine?.end())

  const enable = async (name: string, text: string): Promise<void> => {
    await install(machine, 's6', name, text)
    machine.must(`cp -a /etc/s6/sv/${name} /run/service/ && s6-svscanctl -a /run/service`)
    await machine.until(`s6-svok /run/service/${name}`)
  }
  const pidOf = (name: string): string => machine.must(`s6-svstat -o pid /run/service/${name}`)
  const logged = (name: string, event: string): Promise<void> =>
    machine.until(`grep -q ${event} /var/log/demod/${name}.log`)
  const isDown = (name: string): Promise<void> => machine.until(`[ "$(s6-svstat -o up /run/service/${name})" = false ]`)

  test('start, status, reload, stop', async () => {
    await enable('simple', daemon('simple'))
    await logged('simple', 'started')
    const pid = pidOf('simple')
    expect(machine.must(`cat /proc/${pid}/comm`)).toBe('demod')
    expect(machine.must(`stat -c %U /proc/${pid}`)).toBe('demod')
    expect(machine.read('/run/daemonctl/simple.pid')).toBe(`${pid}\n`)
    expect(machine.read(`/proc/${pid}/environ`).split('\0')).toContain('GREETING=two words')
    machine.must('/run/service/simple/data/reload')
    await logged('simple', 'reloaded')
    expect(pidOf('simple')).toBe(pid)
    machine.must('s6-svc -wD -d /run/service/simple')
    await isDown('simple')
    expect(machine.run('/run/service/simple/data/reload').status).toBe(7)
    machine.must('s6-svc -wu -u /run/service/simple')
    expect(pidOf('simple')).not.toBe(pid)
  })

  test('what is killed runs again, until the burst limit; what ends well does not', async () => {
    await enable('killed', daemon('killed'))
    await logged('killed', 'started')
    machine.must('s6-svc -t /run/service/killed')
    await machine.until('s6-svstat /run/service/killed | grep -q "^down (exitcode 0)"')
    await enable('crashes', daemon('crashes', '-x', '0'))
    await machine.until('[ "$(s6-svstat -o up,wantedup /run/service/crashes)" = "false false" ]')
    expect(machine.must('grep -c started /var/log/demod/crashes.log')).toBe('3')
  })

  test('with a bad configuration it is not run, and not reloaded', async () => {
    await enable('careful', daemon('careful'))
    await logged('careful', 'started')
    const pid = pidOf('careful')
    machine.must('echo bad >/etc/demod.conf')
    expect(machine.run('/run/service/careful/data/reload').status).toBe(6)
    expect(pidOf('careful')).toBe(pid)
    machine.must('s6-svc -wD -d /run/service/careful; s6-svc -u /run/service/careful')
    await logged('careful', '"careful: its configuration is bad"')
    await isDown('careful')
    machine.must('echo ok >/etc/demod.conf; s6-svc -wu -u /run/service/careful')
  })

  test('it is ready when its probe succeeds', async () => {
    await enable('slow', `${daemon('slow')}\n[start]\nready = { file = "/tmp/ready" }`)
    await logged('slow', 'started')
    expect(machine.must('s6-svstat -o ready /run/service/slow')).toBe('false')
    machine.must(': >/tmp/ready')
    await machine.until('[ "$(s6-svstat -o ready /run/service/slow)" = true ]')
  })

  test('one that ignores its signal is killed', async () => {
    await enable('deaf', `${daemon('deaf', '-i')}\n[stop]\nschedule = "TERM/1/KILL/1"`)
    await logged('deaf', 'started')
    machine.must('s6-svc -wD -T 10000 -d /run/service/deaf')
    await isDown('deaf')
  })

  test('what nobody gave a log file has s6-log', async () => {
    await enable('chatty', `command = ["${DEMOD}"]\n[log]\nmax-size = "1 MiB"\nkeep = 3`)
    await machine.until('grep -q started /var/log/daemonctl/chatty/current')
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
    machine.must('s6-svc -h /run/service/detached')
    await logged('detached', 'reloaded')
    const pid = machine.must('cat /run/detached/detached.pid')
    machine.must(`kill -s KILL ${pid}`)
    await machine.until(`p=$(cat /run/detached/detached.pid) && [ -n "$p" ] && [ "$p" != ${pid} ]`)
    machine.must('s6-svc -wD -d /run/service/detached')
    await machine.until(`! pgrep -f '^${DEMOD} -d -p /run/detached'`)
  })
})

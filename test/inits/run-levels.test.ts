import { describe, expect, test } from 'vitest'
import { filesOf, install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd, bootSysvinit } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'

const TEXT = `command = ["/usr/local/sbin/demod", "-l", "/var/log/demod.log"]
pidfile = "/run/demod/demod.pid"
[boot]
start-priority = 90
stop-priority = 10`

async function on(booting: Promise<Machine>, what: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await booting
  try {
    await what(machine)
  } finally {
    await machine.end()
  }
}

const events = (machine: Machine): readonly string[] =>
  machine
    .read('/var/log/demod.log')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d+ /, ''))

describe.skipIf(skipped)('run levels of sysvinit', () => {
  test('it starts at the boot; S links start it, K links stop it', async () => {
    const [file] = await filesOf('sysvinit', 'demod', TEXT)
    const prepare = `cat >/etc/init.d/demod <<'END OF SCRIPT'\n${file?.text}END OF SCRIPT
      chmod 755 /etc/init.d/demod; update-rc.d demod defaults`
    await on(bootSysvinit(prepare), async (machine) => {
      await machine.until('grep started /var/log/demod.log')
      expect(machine.run('/etc/init.d/demod status').status).toBe(0)
      const pid = machine.read('/run/demod/demod.pid')
      machine.must('telinit 3')
      await machine.until(`runlevel | grep '3$' && ! pgrep -f "[/]etc/init.d/rc"`)
      expect(machine.read('/run/demod/demod.pid')).toBe(pid)
      machine.must('telinit 1')
      await machine.until('grep ended /var/log/demod.log')
      machine.must('telinit 2')
      await machine.until('[ "$(grep -c started /var/log/demod.log)" = 2 ]')
      machine.must('telinit 0')
      await machine.until('[ "$(grep -c ended /var/log/demod.log)" = 2 ]')
      expect(events(machine)).toEqual(['started', 'signal 15', 'ended', 'started', 'signal 15', 'ended'])
    })
  })

  test('a rc as RedHat has it runs its stop only if the lock is there', () =>
    on(bootSysvinit(), async (machine) => {
      await install(machine, 'sysvinit', 'demod', TEXT)
      machine.must('mkdir -p /var/lock/subsys')
      // chkconfig's header, as chkconfig reads it.
      const [, levels, start, stop] =
        /^# chkconfig: ([0-6]+|-) (\d+) (\d+)$/m.exec(machine.read('/etc/init.d/demod')) ?? []
      expect([levels, start, stop]).toEqual(['2345', '90', '10'])
      machine.must(`for n in 2 3 4 5; do ln -s ../init.d/demod /etc/rc$n.d/S${start}demod; done
        for n in 0 1 6; do ln -s ../init.d/demod /etc/rc$n.d/K${stop}demod; done`)
      machine.write(
        '/etc/init.d/rc',
        `#!/bin/sh
for link in /etc/rc$1.d/K*; do
  name=\${link##*/K??}
  [ -f "/var/lock/subsys/$name" ] && "$link" stop
done
for link in /etc/rc$1.d/S*; do
  name=\${link##*/S??}
  [ -f "/var/lock/subsys/$name" ] || "$link" start
done
`,
        0o755,
      )
      machine.must('telinit 3')
      await machine.until('grep started /var/log/demod.log && [ -e /var/lock/subsys/demod ]')
      machine.must('telinit 1')
      await machine.until('grep ended /var/log/demod.log && [ ! -e /var/lock/subsys/demod ]')
    }))
})

describe.skipIf(skipped)('an init script on a host with systemd', () => {
  test('hands over to systemctl exactly when systemd knows it', () =>
    on(bootSystemd(), async (machine) => {
      await install(machine, 'sysvinit', 'demod', TEXT)
      // Not known yet: it does its work itself.
      machine.must('/etc/init.d/demod start </dev/null >/dev/null 2>&1 && /etc/init.d/demod stop >/dev/null')
      machine.must('systemctl daemon-reload')
      machine.must('/etc/init.d/demod start </dev/null >/dev/null 2>&1')
      expect(machine.must('systemctl is-active demod')).toBe('active')
      const pid = machine.must('systemctl show --property MainPID --value demod')
      expect(machine.read('/run/demod/demod.pid').trim()).toBe(pid)
      expect(machine.must('systemctl show --property Description --value demod')).toContain('demod')
      // Behind systemd's back, the new daemon would be ended when the old one is gone.
      machine.must('/etc/init.d/demod restart </dev/null >/dev/null 2>&1')
      expect(machine.must('systemctl is-active demod')).toBe('active')
      const next = machine.must('systemctl show --property MainPID --value demod')
      expect(next).not.toBe(pid)
      machine.must(`sleep 0.5; kill -s 0 ${next}`)
      machine.must('systemctl reload demod')
      await machine.until('grep reloaded /var/log/demod.log')
      machine.must('/etc/init.d/demod status </dev/null >/dev/null 2>&1')
      machine.must('/etc/init.d/demod stop </dev/null >/dev/null 2>&1')
      expect(machine.run('systemctl is-active demod').status).toBe(3)
      expect(machine.run('/etc/init.d/demod status </dev/null').status).toBe(3)
      expect(machine.run('/etc/init.d/demod reload </dev/null').status).toBe(7)
      expect(machine.run('/etc/init.d/demod force-reload </dev/null').status).toBe(0)
    }))
})

import { describe, expect, test } from 'vitest'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'

async function on(what: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await bootSystemd()
  try {
    await what(machine)
  } finally {
    await machine.end()
  }
}

describe.skipIf(skipped)('files beside units', () => {
  test('systemd-tmpfiles makes what a daemon needs, here and in an image', () =>
    on(async (machine) => {
      await install(
        machine,
        'tmpfiles',
        'files',
        `type = "forking"
command = ["/usr/local/sbin/demod"]
pidfile = "/run/files dir/100%/x.pid"
user = "demod"
group = "adm"
[log]
stdout = "/var/log/files/a b.log"
mode = "0640"`,
      )
      machine.must('systemd-tmpfiles --create /etc/tmpfiles.d/files.conf')
      expect(machine.must("stat -c '%U %G %a' '/run/files dir/100%' /var/log/files '/var/log/files/a b.log'")).toBe(
        'demod adm 755\ndemod adm 755\ndemod adm 640',
      )
      machine.must('mkdir -p /srv/image/etc && cp /etc/passwd /etc/group /srv/image/etc')
      machine.must('systemd-tmpfiles --root=/srv/image --create /etc/tmpfiles.d/files.conf')
      expect(machine.must("stat -c '%U %G %a' '/srv/image/var/log/files/a b.log'")).toBe('demod adm 640')
    }))

  test('logrotate rotates: by signal where the daemon opens its log again, else by copying', () =>
    on(async (machine) => {
      const definition = (name: string, more: string): string => `type = "forking"
command = ["/usr/local/sbin/demod", "-d", "-p", "/run/${name}/x.pid", "-l", "/var/log/${name}.log"]
pidfile = "/run/${name}/x.pid"
[log]
stdout = "/var/log/${name}.log"
max-size = "1"
keep = 2
compress = "none"
${more}`
      const rotate = (name: string): void => {
        const { status, stdout, stderr } = machine.run(`logrotate --state /tmp/state -v /etc/logrotate.d/${name}`)
        expect({ status, errors: (stdout + stderr).match(/^error.*$/gm) }).toEqual({ status: 0, errors: null })
      }
      for (const [name, more] of [
        ['again', 'reopen-signal = "HUP"'],
        ['copied', ''],
      ] as const) {
        await install(machine, 'systemd', name, definition(name, more))
        await install(machine, 'logrotate', name, definition(name, more))
        machine.must(`systemctl daemon-reload && systemctl start ${name}`)
        await machine.until(`grep started /var/log/${name}.log`)
        rotate(name)
        expect(machine.read(`/var/log/${name}.log.1`)).toContain('started')
        expect(machine.must(`stat -c '%a' /var/log/${name}.log`)).toBe('644')
      }
      // Told through systemd, as it is its daemon.
      await machine.until('grep reloaded /var/log/again.log')
      expect(machine.read('/var/log/copied.log')).toBe('')
      // Without systemd's knowledge, by the pidfile.
      machine.must('systemctl stop again && mkdir -p /run/again && rm -f /var/log/again.log*')
      machine.must('/usr/local/sbin/demod -d -p /run/again/x.pid -l /var/log/again.log')
      rotate('again')
      await machine.until('grep reloaded /var/log/again.log')
    }))
})

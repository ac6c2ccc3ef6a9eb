import { describe, expect, test } from 'vitest'
import { skipped } from './machine/capable.ts'
import { bootSystemd, bootSysvinit } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'
import { ROOT } from './machine/places.ts'
import { bootOpenrc, bootRunit, bootS6 } from './machine/supervisors.ts'

const DAEMONCTL = `${process.execPath} ${ROOT}/bin/run.js`

const DEFINITION = `command = ["/usr/local/sbin/demod", "-l", "/var/log/demod.log"]
[log]
stdout = "/var/log/demod/output.log"`

/** Everything below /etc with its kind and content: what must be the same again after a disable. */
const ETC = 'cd /etc && find . \\( -type f -exec cksum {} + \\) -o -printf "%p %y %l\\n" | sort'

/** The same without what a supervisor notes in the directory of a daemon, and the directory that it is in. */
const withoutNotesOf = (init: 'runit' | 's6'): string =>
  init === 'runit'
    ? `rm -rf /etc/sv/demod/supervise; rmdir /etc/sv/demod; ${ETC}`
    : `rm -rf /etc/s6/sv/demod/supervise /etc/s6/sv/demod/event; rmdir -p --ignore-fail-on-non-empty /etc/s6/sv/demod; ${ETC}`

async function on(booting: Promise<Machine>, what: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await booting
  try {
    machine.write('/etc/daemonctl/demod.toml', DEFINITION)
    machine.write(
      '/etc/daemonctl/many.toml',
      `${DEFINITION.replaceAll('demod.log', 'many-%i.log').replaceAll('output', '%i')}
pidfile = "/run/many-%i.pid"`.replace(/\[log\]\n(.*)\n(.*)/, '$2\n[log]\n$1'),
    )
    await what(machine)
  } finally {
    await machine.end()
  }
}

describe.skipIf(skipped)('enable and disable', () => {
  test('with systemd: it starts at the boot, and everything is as before in the end', () =>
    on(bootSystemd(), async (machine) => {
      machine.must('mkdir -p /etc/tmpfiles.d')
      const before = machine.must(ETC)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`)).toMatchObject({ status: 1, stdout: 'demod: disabled\n' })
      const plan = machine.must(`${DAEMONCTL} enable demod --dry-run`)
      expect(machine.must(ETC)).toBe(before)
      const said = machine.must(`${DAEMONCTL} enable demod`)
      expect(said.replaceAll('wrote', 'write').replaceAll('ran', 'run')).toBe(plan)
      expect(said).toContain('wrote /etc/systemd/system/demod.service')
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(0)
      expect(machine.must('systemctl is-enabled demod')).toBe('enabled')
      machine.must('systemctl start multi-user.target')
      await machine.until('systemctl is-active demod && grep started /var/log/demod.log')
      expect(machine.must(`${DAEMONCTL} disable demod`)).toContain('removed /etc/systemd/system/demod.service')
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(1)
      expect(machine.must(ETC)).toBe(before)
      // The daemon goes on.
      expect(machine.must('pgrep -c demod')).toBe('1')
    }))

  test('with systemd: what is enabled before the boot runs after it', async () => {
    // As in a container that is being made: systemd is installed and does not run.
    const machine = await bootSystemd(
      '/',
      `mkdir -p /etc/daemonctl; cat >/etc/daemonctl/demod.toml <<'END'
${DEFINITION}
END
{ ${DAEMONCTL} enable demod && ${DAEMONCTL} is-enabled demod; } >/dev/null`,
    )
    try {
      expect(machine.must('systemctl is-active demod')).toBe('active')
    } finally {
      await machine.end()
    }
  })

  test('with systemd: instances of a template', () =>
    on(bootSystemd(), async (machine) => {
      machine.must(`sed -i 1iinstances=2 /etc/daemonctl/many.toml; mkdir -p /var/log/demod`)
      machine.must(`${DAEMONCTL} enable many`)
      expect(machine.must('systemctl is-enabled many@1 many@2')).toBe('enabled\nenabled')
      machine.must('systemctl start multi-user.target')
      await machine.until('systemctl is-active many@1 && systemctl is-active many@2')
      machine.must(`${DAEMONCTL} disable many`)
      expect(machine.run(`${DAEMONCTL} is-enabled many`).status).toBe(1)
    }))

  test('a file that is not ours is never replaced', () =>
    on(bootSystemd(), async (machine) => {
      machine.write('/etc/systemd/system/demod.service', '[Service]\nExecStart=/bin/true\n')
      const before = machine.must(ETC)
      const { status, stderr } = machine.run(`${DAEMONCTL} enable demod`)
      expect(status).toBe(1)
      expect(stderr).toContain('daemonctl has not made it')
      machine.run(`${DAEMONCTL} disable demod`)
      expect(machine.must(ETC)).toBe(before)
    }))

  test('if a tool fails, everything is as it was before', () =>
    on(bootSystemd(), async (machine) => {
      machine.must('mkdir -p /etc/tmpfiles.d')
      machine.write(
        '/srv/failing/systemctl',
        '#!/bin/sh\nif [ "$1" = enable ]; then /bin/systemctl "$@"; exit 1; fi\nexec /bin/systemctl "$@"\n',
        0o755,
      )
      const failing = `PATH=/srv/failing:$PATH ${DAEMONCTL} enable demod`
      const described = 'systemctl show --property Description --value demod'
      const before = machine.must(ETC)
      const { status, stdout, stderr } = machine.run(failing)
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).toContain('systemctl enable demod.service ended with 1')
      expect(machine.must(ETC)).toBe(before)
      expect(machine.must('systemctl show --property LoadState --value demod')).toBe('not-found')

      machine.must(`sed -i '1idescription = "older"' /etc/daemonctl/demod.toml; ${DAEMONCTL} enable demod`)
      machine.must(`sed -i 's/older/newer/' /etc/daemonctl/demod.toml; chmod 640 /etc/systemd/system/demod.service`)
      const enabled = machine.must(`${ETC}; stat -c '%a %U' /etc/systemd/system/demod.service`)
      expect(machine.run(failing).status).toBe(1)
      expect(machine.must(`${ETC}; stat -c '%a %U' /etc/systemd/system/demod.service`)).toBe(enabled)
      expect(machine.must(`systemctl is-enabled demod; ${described}`)).toBe('enabled\nolder')
      machine.must(`${DAEMONCTL} enable demod`)
      expect(machine.must(described)).toBe('newer')
    }))

  test('with sysvinit: update-rc.d, and the links of an image', () =>
    on(bootSysvinit(), async (machine) => {
      const links = 'ls -d /etc/rc?.d/*demod'
      // insserv keeps notes of its own.
      machine.must('touch /etc/init.d/.depend.boot /etc/init.d/.depend.start /etc/init.d/.depend.stop')
      machine.write('/srv/failing/update-rc.d', '#!/bin/sh\n/usr/sbin/update-rc.d "$@"; exit 1\n', 0o755)
      expect(machine.run(`PATH=/srv/failing:$PATH ${DAEMONCTL} enable demod`).status).toBe(1)
      expect(machine.run(`${links} /etc/init.d/demod`).stdout).toBe('')
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('ran update-rc.d demod defaults')
      expect(machine.must(links)).toMatch(/rc0.d\/K\d\ddemod[^]*rc2.d\/S\d\ddemod/)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(0)
      machine.must('telinit 1')
      await machine.until("runlevel | grep '1$' || runlevel | grep 'S$'")
      machine.must('telinit 3')
      await machine.until('grep started /var/log/demod.log')
      machine.must(`${DAEMONCTL} disable demod`)
      expect(machine.run(links).status).not.toBe(0)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(1)
      expect(machine.run('[ ! -e /etc/init.d/demod ]').status).toBe(0)

      // A link in an image leads to what is in the image.
      machine.must(
        'mkdir -p /srv/image/etc/rc.d/init.d /srv/image/etc/rc.d/rc2.d; ln -s /etc/rc.d/init.d /srv/image/etc/init.d',
      )
      machine.must(`${DAEMONCTL} enable demod --root /srv/image`)
      expect(machine.must('ls /srv/image/etc/rc.d/init.d /srv/image/etc/rc.d/rc3.d')).toContain('S95demod')
      expect(machine.run(`${DAEMONCTL} is-enabled demod --root /srv/image`).status).toBe(0)
      expect(machine.run('[ ! -e /etc/rc.d ]').status).toBe(0)
      machine.must(`${DAEMONCTL} disable demod --root /srv/image`)
      expect(machine.must('find /srv/image ! -type d')).toBe('/srv/image/etc/init.d')
    }))

  test('with OpenRC: rc-update', () =>
    on(bootOpenrc(), async (machine) => {
      const before = machine.must(ETC)
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('ran rc-update add demod default')
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(0)
      expect(machine.must('rc-update show default')).toContain('demod')
      // Its notes of who depends on whom are no older than a second, which is as exactly as it looks.
      machine.must('rc-update --update && openrc default')
      await machine.until('grep started /var/log/demod.log')
      machine.must(`${DAEMONCTL} disable demod`)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(1)
      expect(machine.must(ETC)).toBe(before)
    }))

  test('with runit: a link, which is looked for every five seconds', () =>
    on(bootRunit(), async (machine) => {
      const before = machine.must(ETC)
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('linked /etc/service/demod to /etc/sv/demod')
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(0)
      await machine.until('grep started /var/log/demod.log')
      // What an older form of the definition asked for goes.
      machine.write('/etc/daemonctl/demod.toml', `${DEFINITION}\n[reload]\nsignal = "USR1"\n`)
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('wrote /etc/sv/demod/control/h')
      machine.write('/etc/daemonctl/demod.toml', DEFINITION)
      const plan = machine.must(`${DAEMONCTL} enable demod --dry-run`)
      expect(plan).toContain('remove /etc/sv/demod/control/h')
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('removed /etc/sv/demod/control/h')
      machine.must(`${DAEMONCTL} disable demod`)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(1)
      // runit ends what has lost its link.
      await machine.until('! pgrep -x demod')
      expect(machine.must(withoutNotesOf('runit'))).toBe(before)
    }))

  test('with s6: a link', () =>
    on(bootS6(), async (machine) => {
      const before = machine.must(ETC)
      expect(machine.must(`${DAEMONCTL} enable demod`)).toContain('linked /run/service/demod to /etc/s6/sv/demod')
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(0)
      machine.must('s6-svscanctl -a /run/service')
      await machine.until('grep started /var/log/demod.log')
      machine.must(`${DAEMONCTL} disable demod`)
      expect(machine.run(`${DAEMONCTL} is-enabled demod`).status).toBe(1)
      expect(machine.must('pgrep -c demod')).toBe('1')
      machine.must('s6-svscanctl -an /run/service')
      await machine.until('! pgrep -x demod')
      expect(machine.must(withoutNotesOf('s6'))).toBe(before)
    }))

  test('the watcher, kept up by systemd, keeps up the daemon and leaves it running', () =>
    on(bootSystemd(), async (machine) => {
      machine.must(`${DAEMONCTL} gen-systemd --watch demod --output /etc/systemd/system/`)
      machine.must('systemctl daemon-reload && systemctl start daemonctl-watch')
      machine.must(`${DAEMONCTL} start demod`)
      const pid = machine.must('pgrep -x demod')
      machine.must(`kill -s KILL ${pid}`)
      await machine.until(`pgrep -x demod | grep -vx ${pid}`)
      const watcher = machine.must('systemctl show --property MainPID --value daemonctl-watch')
      machine.must(`kill -s KILL ${watcher}`)
      await machine.until(`systemctl show --property MainPID --value daemonctl-watch | grep -vxE '0|${watcher}'`)
      const next = machine.must('pgrep -x demod')
      machine.must('systemctl stop daemonctl-watch')
      expect(machine.must('pgrep -x demod')).toBe(next)
    }))
})

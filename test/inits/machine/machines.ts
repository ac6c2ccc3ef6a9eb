import { Machine } from './machine.ts'
import { LAYERS, ROOT } from './places.ts'

/** The daemon to try things with, and a user for it. */
export const COMMON = `
  install -m 755 "$SHARE/dist/inits/demod" /usr/local/sbin/demod
  useradd --system --no-create-home --shell /usr/sbin/nologin demod
  echo inits >/etc/hostname; : >/etc/fstab
  rm -rf /etc/init.d/* /etc/rc?.d; mkdir -p /etc/init.d
  for level in 0 1 2 3 4 5 6 S; do mkdir -p /etc/rc$level.d; done
  echo ok >/etc/demod.conf
`

/** The machine's own systemd, with nothing to start but the journal and what `prepare` enables before the boot. */
export const bootSystemd = (root = '/', prepare = ''): Promise<Machine> =>
  Machine.boot({
    root,
    share: ROOT,
    prepare: `${COMMON}
      rm -rf /etc/systemd/system; mkdir -p /etc/systemd/system
      : >/etc/machine-id
      for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket \\
        systemd-udevd-kernel.socket getty.target console-getty.service systemd-logind.service; do
        ln -sf /dev/null /etc/systemd/system/$unit
      done
      ${prepare}`,
    init: ['/lib/systemd/systemd', '--system', '--unit=multi-user.target'],
    booted: 'state=$(systemctl is-system-running); [ "$state" = running ] || [ "$state" = degraded ]',
  })

/** sysvinit with Debian's rc; `enable` is run before the boot. */
export const bootSysvinit = (prepare = ''): Promise<Machine> =>
  Machine.boot({
    share: ROOT,
    layer: LAYERS.sysvinit,
    prepare: `
      cp -a /etc/init.d/rc /tmp/rc
      ${COMMON}
      mv /tmp/rc /etc/init.d/rc
      { echo id:2:initdefault:; echo si::sysinit:/bin/true
        for level in 0 1 2 3 4 5 6; do echo "l$level:$level:wait:/etc/init.d/rc $level"; done; } >/etc/inittab
      : >/run/utmp
      ${prepare}`,
    init: ['/sbin/init'],
    // The bracket keeps pgrep from finding the shell that runs it.
    booted: 'runlevel | grep -q "[2-5]$" && ! pgrep -f "[/]etc/init.d/rc"',
  })

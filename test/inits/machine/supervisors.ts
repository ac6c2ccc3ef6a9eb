import { Machine } from './machine.ts'
import { COMMON } from './machines.ts'
import { ROOT, LAYERS } from './places.ts'

/** OpenRC as PID 1, with nothing in its runlevels. */
export const bootOpenrc = (prepare = ''): Promise<Machine> =>
  Machine.boot({
    share: ROOT,
    layer: LAYERS.openrc,
    prepare: `
      cp -a /etc/init.d/functions.sh /tmp/functions.sh 2>/dev/null || :
      ${COMMON}
      [ ! -e /tmp/functions.sh ] || mv /tmp/functions.sh /etc/init.d/
      ldconfig
      rm -rf /etc/runlevels; mkdir -p /etc/runlevels/default /etc/runlevels/boot /etc/runlevels/sysinit /etc/runlevels/shutdown
      echo 'rc_sys="lxc"' >>/etc/rc.conf; echo 'rc_cgroup_mode="none"' >>/etc/rc.conf
      for stub in localmount net; do
        printf '#!/sbin/openrc-run\\ndescription=stub\\nstart() { return 0; }\\n' >/etc/init.d/$stub; chmod 755 /etc/init.d/$stub
      done
      ${prepare}`,
    init: ['/sbin/openrc-init'],
    booted: '[ "$(cat /run/openrc/softlevel)" = default ] && [ ! -e /run/openrc/rc.starting ] && ! pgrep -x openrc',
  })

/** runit as PID 1; what is in /etc/service runs. */
export const bootRunit = (): Promise<Machine> =>
  Machine.boot({
    share: ROOT,
    layer: LAYERS.runit,
    prepare: `
      ${COMMON}
      rm -rf /etc/runit /etc/sv /etc/service; mkdir -p /etc/runit /etc/sv /etc/service
      printf '#!/bin/sh\\ntouch /run/runit.stopit; chmod 0 /run/runit.stopit\\n' >/etc/runit/1
      printf '#!/bin/sh\\nexec env - PATH=/usr/sbin:/usr/bin:/sbin:/bin runsvdir -P /etc/service log: ....................\\n' >/etc/runit/2
      printf '#!/bin/sh\\nsv force-stop /etc/service/*\\n' >/etc/runit/3
      chmod 755 /etc/runit/1 /etc/runit/2 /etc/runit/3`,
    init: ['/sbin/runit'],
    booted: 'pgrep -x runsvdir',
  })

/** s6-svscan as PID 1; what is in /run/service runs. */
export const bootS6 = (): Promise<Machine> =>
  Machine.boot({
    share: ROOT,
    layer: LAYERS.s6,
    prepare: `
      ${COMMON}
      ldconfig
      mkdir -p /run/service/.s6-svscan
      for script in finish crash; do
        printf '#!/bin/sh\\nexit 0\\n' >/run/service/.s6-svscan/$script; chmod 755 /run/service/.s6-svscan/$script
      done`,
    init: ['/usr/bin/s6-svscan', '-t0', '/run/service'],
    booted: 's6-svscanctl -a /run/service',
  })

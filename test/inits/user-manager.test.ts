import { describe, expect, test } from 'vitest'
import { HARDENINGS } from '../../src/generate/options.ts'
import { install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd } from './machine/machines.ts'

/** systemctl as the user whose manager it is. */
const AS_USER = 'setpriv --reuid=demod --regid=demod --init-groups env HOME=/run/manager XDG_RUNTIME_DIR=/run/manager'

describe.skipIf(skipped)("a user's manager", () => {
  test('runs our units, in every tier', async () => {
    const machine = await bootSystemd()
    try {
      machine.must(`systemd-run --quiet --unit=manager --uid=demod --gid=demod \\
        --property=Delegate=yes --property=RuntimeDirectory=manager --property=Type=notify \\
        --setenv=XDG_RUNTIME_DIR=/run/manager --setenv=HOME=/run/manager /lib/systemd/systemd --user`)
      await machine.until(`${AS_USER} systemctl --user list-units`)
      for (const hardening of HARDENINGS) {
        const name = `mine-${hardening}`
        const text = `command = ["/usr/local/sbin/demod", "-n", "-l", "/run/manager/${name}.log"]
type = "notify"
config-test = ["/bin/true"]
user = "demod"`
        await install(machine, 'systemd', name, text, { hardening, userManager: true })
        const verified = machine.run(
          `${AS_USER} systemd-analyze --user verify --man=no /etc/systemd/user/${name}.service`,
        )
        expect(verified).toEqual({ status: 0, stdout: '', stderr: '' })
        machine.must(`${AS_USER} systemctl --user daemon-reload`)
        machine.must(`${AS_USER} systemctl --user start ${name}`)
        expect(machine.must(`${AS_USER} systemctl --user is-active ${name}`)).toBe('active')
        machine.must(`${AS_USER} systemctl --user reload ${name}`)
        await machine.until(`grep reloaded /run/manager/${name}.log`)
        const pid = machine.must(`${AS_USER} systemctl --user show --property MainPID --value ${name}`)
        expect(machine.must(`stat -c %U /proc/${pid}`)).toBe('demod')
        machine.must(`kill -s KILL ${pid}`)
        await machine.until(`[ "$(grep -c started /run/manager/${name}.log)" = 2 ]`)
        await machine.until(`${AS_USER} systemctl --user is-active ${name}`)
        machine.must(`${AS_USER} systemctl --user stop ${name}`)
      }
    } finally {
      await machine.end()
    }
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HARDENINGS } from '../../src/generate/options.ts'
import type { FormName, Recipe } from '../daemons/recipe.ts'
import { RECIPES } from '../daemons/recipes/all.ts'
import { definitionOf, install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd } from './machine/machines.ts'
import { placeIn } from './machine/place.ts'
import type { Machine } from './machine/machine.ts'

/** Each does something that an option could forbid: change its user, chroot, map memory, list interfaces, fork. */
const NAMES = [
  'nginx',
  'apache2',
  'redis',
  'memcached',
  'haproxy',
  'lighttpd',
  'mosquitto',
  'named',
  'unbound',
  'tinyproxy',
  'postgres',
  'varnish',
]
const wanted = process.env['DAEMONCTL_ALL_DAEMONS'] === '1' ? RECIPES.map(({ name }) => name) : NAMES

/**
 * Every socket of the machine that waits for somebody. A port of the range from which the kernel gives ports to whoever
 * names none is another one each time: it is told as such, and such sockets are counted as all the others are.
 */
const SOCKETS = `set -- $(cat /proc/sys/net/ipv4/ip_local_port_range)
ss -Hltnu | awk -v first="$1" -v last="$2" '{
  port = $5; sub(/.*:/, "", port); address = substr($5, 1, length($5) - length(port))
  print $1, address (port + 0 >= first + 0 && port + 0 <= last + 0 ? "any" : port)
}' | sort`

const formOf = ({ forms }: Recipe): FormName =>
  forms.notify !== undefined ? 'notify' : forms.simple !== undefined ? 'simple' : 'forking'

describe.skipIf(skipped)('real daemons under systemd', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootSystemd()
  })
  afterAll(() => machine?.end())

  test.each(RECIPES.filter(({ name }) => wanted.includes(name)).map((recipe, index) => ({ recipe, index })))(
    '$recipe.name, in every tier',
    async ({ recipe, index }) => {
      const place = placeIn(machine, recipe.name, 18_000 + index)
      // What Debian's own unit of sshd makes.
      machine.must('mkdir -p /run/sshd')
      recipe.prepare?.(place)
      const text = recipe.forms[formOf(recipe)]?.definition(place) ?? ''
      const ready = (await definitionOf(recipe.name, text)).start.ready
      const listening: string[] = []
      for (const hardening of HARDENINGS) {
        const name = `${recipe.name}-${hardening}`
        await install(machine, 'systemd', name, text, { hardening, writable: [place.directory] })
        const verified = machine.run(`systemd-analyze verify --man=no /etc/systemd/system/${name}.service`)
        expect(verified).toEqual({ status: 0, stdout: '', stderr: '' })
        machine.must('systemctl daemon-reload')
        machine.must(`systemctl start ${name} || { journalctl --no-pager -n 10 -o cat -u ${name}; false; }`)
        if (ready?.kind === 'tcp') await machine.until(`ss -Hltn 'sport = :${ready.port}' | grep .`)
        else await machine.until(`sleep 0.5; systemctl is-active ${name}`)
        // An option may cost a daemon some of its sockets without a word.
        if (hardening === 'none') listening.push(machine.must(`sleep 0.3; ${SOCKETS}`))
        else await machine.until(`[ "$(${SOCKETS})" = '${listening[0] ?? ''}' ]`)
        expect(machine.must(`systemctl is-active ${name}`)).toBe('active')
        machine.must(`systemctl stop ${name}`)
      }
    },
  )
})

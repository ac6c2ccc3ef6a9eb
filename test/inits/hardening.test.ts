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
        const sockets = "ss -Hltnu | awk '{ print $1, $5 }' | sort -u"
        if (hardening === 'none') listening.push(machine.must(`sleep 0.3; ${sockets}`))
        else await machine.until(`[ "$(${sockets})" = '${listening[0] ?? ''}' ]`)
        expect(machine.must(`systemctl is-active ${name}`)).toBe('active')
        machine.must(`systemctl stop ${name}`)
      }
    },
  )
})

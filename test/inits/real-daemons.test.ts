import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FormName } from '../daemons/recipe.ts'
import { RECIPES } from '../daemons/recipes/all.ts'
import { definitionOf, install } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSysvinit } from './machine/machines.ts'
import { placeIn } from './machine/place.ts'
import type { Machine } from './machine/machine.ts'

/** Among them: a link to another program, a script, a launcher that is another program, one whose main PID changes. */
const NAMES = ['nginx', 'redis', 'postgres', 'php-fpm', 'supervisor', 'memcached', 'unbound', 'haproxy']
const all = process.env['DAEMONCTL_ALL_DAEMONS'] === '1'

const forms = RECIPES.flatMap((recipe, index) =>
  Object.keys(recipe.forms)
    .filter((form): form is FormName => form !== 'notify')
    .map((form, at) => ({ name: recipe.name, form, recipe, port: 18_000 + 2 * index + at })),
)

describe.skipIf(skipped)('real daemons by their init scripts', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await bootSysvinit()
    machine.must('mkdir -p /run/sshd')
  })
  afterAll(() => machine?.end())

  test.each(forms.filter(({ name }) => all || NAMES.includes(name)))('$name, $form', async ({ form, recipe, port }) => {
    const name = `${recipe.name}-${form}`
    const place = placeIn(machine, name, port)
    recipe.prepare?.(place)
    const { definition, reload } = recipe.forms[form] ?? {}
    const text = definition?.(place) ?? ''
    await install(machine, 'sysvinit', name, text)
    const pidfile = (await definitionOf(name, text)).pidfile
    const call = (verb: string): { status: number | null; said: string } => {
      const { status } = machine.run(`env -i /etc/init.d/${name} ${verb} </dev/null >/tmp/said 2>&1`)
      return { status, said: status === 0 ? '' : machine.read('/tmp/said') }
    }
    const done = { status: 0, said: '' }
    const pid = (): string => machine.read(pidfile).split('\n')[0]?.trim() ?? ''
    expect(call('status').status).toBe(3)
    expect(call('start')).toEqual(done)
    expect(call('status')).toEqual(done)
    const first = pid()
    expect(machine.run(`kill -s 0 ${first}`).status).toBe(0)
    expect(call('start')).toEqual(done)
    expect(pid()).toBe(first)
    expect(call('reload').status).toBe(reload === 'none' ? 3 : 0)
    if (reload === 'changes-pid') await machine.until(`[ "$(cat ${pidfile})" != ${first} ]`)
    await machine.until(`/etc/init.d/${name} status`)
    if (reload !== 'changes-pid') expect(pid()).toBe(first)
    expect(call('restart')).toEqual(done)
    expect(call('status')).toEqual(done)
    expect(pid()).not.toBe(first)
    expect(call('stop')).toEqual(done)
    expect(call('status').status).toBe(3)
  })
})

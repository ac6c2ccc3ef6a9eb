import { describe, expect, test } from 'vitest'
import type { Definition } from '../../src/definition/definition.ts'
import { generate } from '../../src/generate/generate.ts'
import { definitionOf } from './made.ts'
import { skipped } from './machine/capable.ts'
import { bootSystemd, bootSysvinit } from './machine/machines.ts'
import type { Machine } from './machine/machine.ts'
import { HOSTILE, randomValues } from './values.ts'

const VALUES = [...HOSTILE, ...randomValues(1_200, 4711)]
/** A daemon has so many of them. */
const AT_ONCE = 209

const groups = Array.from({ length: Math.ceil(VALUES.length / AT_ONCE) }, (_, index) =>
  VALUES.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
)

const base = await definitionOf('base', 'command = "/usr/local/sbin/demod"')

/** A daemon that writes its arguments to a file, with the same values in its environment. */
const daemon = (name: string, values: readonly string[]): Definition => ({
  ...base,
  name,
  pidfile: `/run/${name}.pid`,
  command: { argv: ['/usr/local/sbin/demod', '-a', `/run/${name}.arguments`, ...values], shell: false },
  environment: Object.fromEntries(values.map((value, index) => [`V${index}`, value])),
})

function write(machine: Machine, target: 'systemd' | 'sysvinit'): readonly string[] {
  return groups.map((values, index) => {
    const name = `args${index}`
    const made = generate(target, daemon(name, values), { hardening: 'none' })
    if (!made.ok) throw new Error(made.error.message)
    for (const file of made.value.files) machine.write(file.path, file.text, file.mode)
    return name
  })
}

const wordsOf = (machine: Machine, path: string): readonly string[] => machine.read(path).split('\0').slice(0, -1)

async function arrive(machine: Machine, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    await machine.until(`[ -s /run/${name}.arguments ]`)
    expect(wordsOf(machine, `/run/${name}.arguments`)).toEqual(groups[index])
    const pid = machine.must(`pgrep -f '^/usr/local/sbin/demod -a /run/${name}[.]arguments '`)
    const variables = new Set(wordsOf(machine, `/proc/${pid}/environ`))
    const missing = (groups[index] ?? []).filter((value, at) => !variables.has(`V${at}=${value}`))
    expect(missing).toEqual([])
  }
}

describe.skipIf(skipped)('every byte of an argument and of a variable arrives', () => {
  test('there are more than a thousand', () => {
    expect(VALUES.length).toBeGreaterThan(1_000)
  })

  test('by systemd', async () => {
    const machine = await bootSystemd()
    try {
      const names = write(machine, 'systemd')
      machine.must(`systemctl daemon-reload && systemctl start ${names.join(' ')}`)
      await arrive(machine, names)
    } finally {
      await machine.end()
    }
  })

  test('by sysvinit', async () => {
    const machine = await bootSysvinit()
    try {
      const names = write(machine, 'sysvinit')
      for (const name of names) machine.must(`/etc/init.d/${name} start </dev/null`)
      await arrive(machine, names)
    } finally {
      await machine.end()
    }
  })
})

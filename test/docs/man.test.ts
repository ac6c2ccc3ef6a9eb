import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { definitionKeys } from '../../src/definition/keys.ts'
import { read } from './pages.ts'

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly aliases: readonly string[]; readonly flags: Readonly<Record<string, Flag>> }>
  >
}
interface Flag {
  readonly name: string
  readonly char?: string
}

const manifest: Manifest = JSON.parse(read('oclif.manifest.json'))
const commands = Object.entries(manifest.commands)

/** The part of a page between two section headings. */
function section(page: string, title: string): string {
  const [, body = ''] = page.split(`\n.Sh ${title}\n`)
  return body.split('\n.Sh ')[0] ?? ''
}

const items = (text: string): readonly string[] => [...text.matchAll(/^\.It (.*)$/gm)].map(([, item]) => item ?? '')

describe('daemonctl(8)', () => {
  const page = read('man/daemonctl.8')

  test('has every command and alias, and no other', () => {
    const said = items(section(page, 'COMMANDS')).map((item) => item.replace(/^Cm /, '').split(' , '))
    expect(said).toEqual(
      commands.map(([id, { aliases }]) => [id, ...aliases]).toSorted(([a = ''], [b = '']) => a.localeCompare(b)),
    )
  })

  test('has every flag with its letter, and no other', () => {
    const said = items(section(page, 'FLAGS')).map((item) =>
      [...item.matchAll(/Fl (-?[\w-]+)/g)].map(([, flag]) => `-${flag}`).join(' '),
    )
    const real = new Set(
      commands.flatMap(([, { flags }]) =>
        Object.values(flags).map(({ name, char }) => `${char === undefined ? '' : `-${char} `}--${name}`),
      ),
    )
    expect(said.toSorted()).toEqual([...real].toSorted())
  })

  test('names no flag in its text that is not there', () => {
    const real = new Set(
      commands.flatMap(([, { flags }]) => Object.values(flags).flatMap(({ name, char }) => [`-${name}`, char ?? ''])),
    )
    const used = [...page.matchAll(/Fl (-?[\w-]+)/g)].map(([, flag]) => flag ?? '').filter((flag) => flag !== '-')
    expect(used.filter((flag) => !real.has(flag))).toEqual([])
  })
})

test('daemonctl(8) has every variable that names a directory', () => {
  const sources = ['src/host/directories.ts', 'src/boot/code-cache.ts'].map(read).join('\n')
  const real = new Set(sources.match(/DAEMONCTL_[A-Z]+_DIR/g))
  expect(new Set(section(read('man/daemonctl.8'), 'ENVIRONMENT').match(/DAEMONCTL_[A-Z]+_DIR/g))).toEqual(real)
})

describe('daemonctl.toml(5)', () => {
  const keys = section(read('man/daemonctl.toml.5'), 'KEYS')
  const [beforeProbes = '', fromProbes = ''] = keys.split('\n.Ss Probes\n')
  const [probes = '', ...afterProbes] = fromProbes.split('\n.Ss ')
  const named = (text: string): readonly string[] => items(text).map((item) => item.replace(/^Cm /, ''))

  test('has every key, and no other', () => {
    const real = definitionKeys()
      .map(({ key }) => key)
      .filter((key) => !/^(start\.ready|health\.probe)\./.test(key))
    const said = [...named(beforeProbes), ...afterProbes.flatMap(named)]
    expect(said.toSorted()).toEqual(real.toSorted())
  })

  test.each(['start.ready', 'health.probe'])('has every key of %s, and no other', (table) => {
    const real = definitionKeys()
      .filter(({ key }) => key.startsWith(`${table}.`))
      .map(({ key }) => key.slice(table.length + 1))
    expect(named(probes)).toEqual(real)
  })
})

const hasMandoc = spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined
const mustHave = process.env['DAEMONCTL_CI'] === '1'
if (!hasMandoc && !mustHave) console.warn('SKIPPED: mandoc is not installed, so the man pages are not linted')

test.skipIf(!hasMandoc && !mustHave).each(['man/daemonctl.8', 'man/daemonctl.toml.5'])('%s passes mandoc', (page) => {
  const { stdout, error } = spawnSync('mandoc', ['-T', 'lint', page], {
    cwd: `${import.meta.dirname}/../..`,
    encoding: 'utf8',
  })
  expect(error).toBeUndefined()
  // Which other pages are installed here is not a fault of ours.
  const complaints = stdout.split('\n').filter((line) => line !== '' && !line.includes('referenced manual not found'))
  expect(complaints).toEqual([])
})

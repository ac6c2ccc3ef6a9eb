import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blocks, pages, read, ROOT, rows } from './pages.ts'

const readme = read('README.md')
const packageJson: { readonly scripts: Readonly<Record<string, string>>; readonly engines: { readonly node: string } } =
  JSON.parse(read('package.json'))
const manifest: { readonly commands: Readonly<Record<string, { readonly aliases: readonly string[] }>> } = JSON.parse(
  read('oclif.manifest.json'),
)
const verbs = Object.entries(manifest.commands).flatMap(([id, { aliases }]) => [id, ...aliases])

test('every npm command in the pages is there', () => {
  const all = pages().map(read).join('\n')
  const scripts = [...all.matchAll(/\bnpm (?:run ([\w:]+)|(test))\b/g)].map(([, run, test]) => run ?? test ?? '')
  expect(scripts).toContain('demo')
  expect(scripts).toContain('test')
  expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([])
})

test('every file that a script runs is there', () => {
  const files = Object.values(packageJson.scripts).flatMap((script) => script.match(/scripts\/[\w.]+/g) ?? [])
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})

test('every verb is in the table, and no other', () => {
  const said = rows(readme, '## Verbs').flatMap(([verb = '']) => verb.match(/[\w-]+(?=`)/g) ?? [])
  expect(said.toSorted()).toEqual(verbs.filter((verb) => verb !== 'help').toSorted())
})

test('every daemonctl command line in the pages has a verb that exists', () => {
  const lines = pages()
    .map(read)
    .flatMap((text) => [
      ...blocks(text, 'sh'),
      ...[...text.matchAll(/`(daemonctl [^`]+)`/g)].map(([, line]) => line ?? ''),
    ])
    .flatMap((block) => block.split('\n'))
  const used = lines.flatMap((line) =>
    [...line.matchAll(/^(?:\$ )?(?:npx )?daemonctl ([a-z-]+)/g)].map(([, verb]) => verb ?? ''),
  )
  // Announced in the pages as what is yet to come.
  expect(used.filter((verb) => !verbs.includes(verb) && verb !== 'watch')).toEqual([])
})

test('the README asks for the Node that package.json asks for', () => {
  expect(packageJson.engines.node).toBe('>=20.19')
  expect(readme).toContain('Node 20.19 or newer')
})

import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { read, ROOT } from './pages.ts'

const context = {
  home: '/home/u',
  hostname: 'h',
  runtimeDirectory: '/run/daemonctl',
  logDirectory: '/var/log/daemonctl',
}
const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.toml'))

test.each(examples)('examples/%s has no problem', async (name) => {
  const parsed = await parseDefinitionFile({
    text: read(`examples/${name}`),
    file: name,
    kind: 'single',
    context: { ...context, directory: '/etc/daemonctl' },
  })
  expect(parsed.ok ? [] : parsed.error).toEqual([])
})

test('the project file defines the example daemon, by a program that is there', async () => {
  const parsed = await parseDefinitionFile({
    text: read('daemonctl.toml'),
    file: 'daemonctl.toml',
    kind: 'project',
    context: { ...context, directory: ROOT },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  expect(parsed.value.map(({ definition }) => definition.name)).toEqual(['hello'])
  const program = parsed.value[0]?.definition.command.argv[0] ?? ''
  accessSync(program, constants.X_OK)
})

test('the example daemon finds its configuration good, and is good shell', () => {
  const hello = join(ROOT, 'examples/hello.sh')
  expect(spawnSync('sh', ['-n', hello]).status).toBe(0)
  expect(spawnSync(hello, ['--check'], { cwd: '/' }).status).toBe(0)
})

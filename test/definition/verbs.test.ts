import { expect, test } from 'vitest'
import { read } from '../docs/pages.ts'
import { problemsOf } from './given.ts'

const manifest: { readonly commands: Readonly<Record<string, { readonly aliases: readonly string[] }>> } = JSON.parse(
  read('oclif.manifest.json'),
)
const verbs = Object.entries(manifest.commands).flatMap(([id, { aliases }]) => [id, ...aliases])

test.each(verbs)('no action is named as the verb %s', async (verb) => {
  const problems = await problemsOf(`command = "/bin/app"\n[actions]\n${verb} = { signal = "USR2" }\n`)
  expect(problems).toEqual([expect.stringContaining(`"${verb}" is a verb of daemonctl`)])
})

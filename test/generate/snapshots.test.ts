import { expect, test } from 'vitest'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { generate } from '../../src/generate/generate.ts'
import { RECIPES } from '../daemons/recipes/all.ts'
import type { FormName } from '../daemons/recipe.ts'
import { CONTEXT } from '../definition/given.ts'
import { placeNowhere } from './given.ts'

/** A few, to be read: what the others must be, tests with the real inits say. `npx vitest -u` after a change that was meant. */
test.each([
  ['nginx', 'forking', 'systemd', 'nginx.service'],
  ['redis', 'notify', 'systemd', 'redis.service'],
  ['postgres', 'simple', 'launchd', 'postgres.plist'],
  ['memcached', 'simple', 'runit', 'memcached.run'],
  ['mosquitto', 'forking', 'openrc', 'mosquitto.openrc'],
  ['mariadb', 'simple', 'logrotate', 'mariadb.logrotate'],
] as const)('%s, %s: %s', async (name, form: FormName, target, file) => {
  const recipe = RECIPES.find((one) => one.name === name)
  const text = recipe?.forms[form]?.definition(placeNowhere) ?? ''
  const parsed = await parseDefinitionFile({ text, file: `${name}.toml`, kind: 'single', context: CONTEXT })
  if (!parsed.ok || parsed.value[0] === undefined) throw new Error(`${name} has no such form`)
  const made = generate(target, parsed.value[0].definition, { comments: true })
  await expect(made.ok ? made.value.files[0]?.text : made.error.message).toMatchFileSnapshot(`snapshots/${file}`)
})

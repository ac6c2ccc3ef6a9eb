import { describe, expect, test } from 'vitest'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { generate, MADE_TARGETS } from '../../src/generate/generate.ts'
import { HARDENINGS } from '../../src/generate/options.ts'
import { RECIPES } from '../daemons/recipes/all.ts'
import { CONTEXT } from '../definition/given.ts'
import { placeNowhere } from './given.ts'

/** Daemons that our suite of real ones does without. */
const OTHERS = [
  { name: 'monit', form: 'simple', text: 'command = ["/usr/bin/monit", "-I", "-c", "/srv/place/monitrc"]' },
  {
    name: 'monit',
    form: 'forking',
    text: 'type = "forking"\ncommand = ["/usr/bin/monit", "-c", "/srv/place/monitrc"]\npidfile = "/srv/place/monit.pid"',
  },
  {
    name: 'haproxy',
    form: 'simple, one process',
    text: 'command = ["/usr/sbin/haproxy", "-db", "-p", "/srv/place/h.pid", "-f", "/srv/place/h.cfg"]\nreload = false',
  },
]

const forms = [
  ...RECIPES.flatMap((recipe) =>
    Object.entries(recipe.forms).map(([form, { definition }]) => ({
      name: recipe.name,
      form,
      text: definition(placeNowhere),
    })),
  ),
  ...OTHERS,
]

describe.each(forms)('$name, $form', ({ name, text }) => {
  test.each(MADE_TARGETS)('generates for %s', async (target) => {
    const parsed = await parseDefinitionFile({ text, file: `${name}.toml`, kind: 'single', context: CONTEXT })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    for (const { definition } of parsed.value) {
      for (const hardening of target === 'systemd' ? HARDENINGS : (['safe'] as const)) {
        const made = generate(target, definition, { hardening })
        expect(made.ok ? [] : made.error).toEqual([])
        if (!made.ok) continue
        expect(made.value.files.length).toBeGreaterThan(0)
        for (const file of made.value.files) {
          expect(file.text).toMatch(/\n$/)
          expect(file.text).not.toMatch(/\{\{|undefined|\[object /)
        }
      }
    }
  })
})

test('there are 36 of them: all the daemons of the suite, monit, and haproxy without a master', () => {
  const processes = forms.map(({ name, form }) => (form.endsWith('one process') ? `${name}, ${form}` : name))
  expect(new Set(processes).size).toBeGreaterThanOrEqual(36)
})

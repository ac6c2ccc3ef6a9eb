import { expect, test } from 'vitest'
import { parseDefinitionFile } from '../../src/definition/parse.ts'
import { pack, unpack } from '../../src/host/alike.ts'
import type { CachedDaemon } from '../../src/host/host.ts'

async function daemonsOf(text: string): Promise<readonly CachedDaemon[]> {
  const parsed = await parseDefinitionFile({
    text,
    file: 'daemonctl.toml',
    kind: 'project',
    context: { directory: '/srv', home: '/root', hostname: 'h', runtimeDirectory: '/run', logDirectory: '/log' },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value.map(({ definition, file, base, template }) => ({ definition, file, base, template }))
}

const ALIKE = Array.from({ length: 100 }, (_, index) => `[daemons.d${index}]\ncommand = ["/bin/sleep", "9"]\n`).join('')
const UNLIKE = `[daemons.a]\ncommand = "/bin/a x"\nuser = "nobody"\nnice = 3
[daemons.a.environment]\nX = "1"
[daemons.b]\ncommand = "/bin/b"\nstop.schedule = "TERM/5/KILL/1"
[daemons.c]\ncommand = "/bin/c"\ninstances = 3\nstart.ready = { tcp = "127.0.0.1:80" }\n`

test.each([
  ['alike', ALIKE],
  ['unlike', UNLIKE],
  ['some of each', `${ALIKE}${UNLIKE}`],
])('what was %s comes back as it was, down to the order of its keys', async (_, text) => {
  const daemons = await daemonsOf(text)
  const back = unpack(JSON.parse(JSON.stringify(pack(daemons))))
  expect(JSON.stringify(back)).toBe(JSON.stringify(daemons))
})

test('of daemons that are alike little is kept', async () => {
  const daemons = await daemonsOf(ALIKE)
  expect(JSON.stringify(pack(daemons)).length).toBeLessThan(JSON.stringify(daemons).length / 3)
})

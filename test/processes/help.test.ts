import { expect } from 'vitest'
import { scenario, type Rig } from './rig.ts'

const WAYS: readonly (readonly string[])[] = [
  [],
  ['--help'],
  ['help'],
  ['help', '--help'],
  ['help', 'start'],
  ['start', '--help'],
  ['status', '--help'],
  ['gen-systemd', '--help'],
  ['help', 'no-such-command'],
  ['--help', 'start'],
]

async function said(rig: Rig, words: readonly string[], env: Record<string, string> = {}): Promise<object> {
  const { status, stdout, stderr } = await rig.daemonctl(words, { env })
  return { status, stdout, stderr }
}

scenario("help that the build has written down is oclif's, word by word", { seconds: 60 }, async (rig) => {
  for (const words of WAYS) {
    expect({ words, ...(await said(rig, words)) }).toEqual({
      words,
      ...(await said(rig, words, { OCLIF_COLUMNS: '80' })),
    })
  }
  const coloured = await rig.daemonctl(['start', '--help'], { env: { FORCE_COLOR: '1' } })
  expect(coloured.stdout).toContain('\u001b[1mUSAGE')
  const wide = await rig.daemonctl(['start', '--help'], { env: { OCLIF_COLUMNS: '200' } })
  expect(wide.stdout.split('\n').length).toBeLessThan(coloured.stdout.split('\n').length)
})

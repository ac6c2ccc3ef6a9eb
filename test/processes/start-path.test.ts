import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { scenario, type Rig } from './rig.ts'

interface StartPath {
  readonly opened: readonly string[]
  readonly builtins: readonly string[]
}

const TRACKER = fileURLToPath(new URL('../fixtures/start-path.cjs', import.meta.url))

/** What a verb opens and loads, once everything that is kept between runs is there. */
async function pathOf(rig: Rig, words: readonly string[], before?: readonly string[]): Promise<StartPath> {
  const env = { NODE_OPTIONS: `--require=${TRACKER}`, START_PATH: rig.path('start-path.json') }
  for (const _ of ['the first run makes the caches', 'the second uses them']) {
    if (before !== undefined) await rig.daemonctl(before)
    const { status, stderr } = await rig.daemonctl(words, { env })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }
  const path: StartPath = JSON.parse(rig.read(rig.path('start-path.json')))
  return path
}

/** Each of these takes between one and ten milliseconds to load. */
const SLOW =
  /^(node:)?(child_process|cluster|crypto|dgram|dns|fs\/promises|http|https|inspector|module|net|perf_hooks|readline|repl|sqlite|stream|string_decoder|tls|tty|worker_threads|zlib)$/

scenario('status opens what it tells of and nothing else', { seconds: 60 }, async (rig) => {
  rig.define('d', { command: ['/bin/sleep', '1000'] })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  const { opened, builtins } = await pathOf(rig, ['status', 'd'])
  expect(builtins.filter((name) => SLOW.test(name))).toEqual([])
  // Node itself opens the first two, and what is asked of the kernel differs from host to host.
  const files = new Set(opened.filter((file) => !/\/run\.js$|\/boot\.cjs$|^\/(?:proc|sys)\//.test(file)))
  expect([...files]).toEqual([
    expect.stringMatching(/\/dist\/daemonctl\.cjs$/),
    expect.stringMatching(/-status\.code$/),
    expect.stringMatching(/\/d\.toml$/),
    expect.stringMatching(/\/definitions-[0-9a-f]{16}\.json$/),
    expect.stringMatching(/\/records\/d\.json$/),
    expect.stringMatching(/\/wishes\/d\.json$/),
    expect.stringMatching(/\/history\/d\.jsonl$/),
    expect.stringMatching(/\/d\.log$/),
  ])
})

scenario('no verb opens what only help, parsers and the watcher need', { seconds: 120 }, async (rig) => {
  rig.define('d', { command: ['/bin/sleep', '1000'] })
  const verbs: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['start', 'd'],
      ['stop', 'd'],
    ],
    [
      ['start', 'd'],
      ['start', 'd'],
    ],
    [
      ['restart', 'd'],
      ['start', 'd'],
    ],
    [
      ['stop', 'd'],
      ['start', 'd'],
    ],
    [
      ['stop', 'd'],
      ['stop', 'd'],
    ],
  ]
  for (const [words, before] of verbs) {
    const { opened } = await pathOf(rig, words, before)
    expect({ words, more: opened.filter((file) => /-(?:help|more)\.cjs$/.test(file)) }).toEqual({ words, more: [] })
  }
})

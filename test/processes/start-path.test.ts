import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { IS_ROOT, scenario, type Rig } from './rig.ts'

interface StartPath {
  readonly opened: readonly string[]
  /** Questions to the file system: each is one to four system calls. */
  readonly calls: number
  readonly builtins: readonly string[]
  /** What else was loaded: files. */
  readonly modules: readonly string[]
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
  const { opened, builtins, calls, modules } = await pathOf(rig, ['status', 'd'])
  expect(builtins.filter((name) => SLOW.test(name))).toEqual([])
  // Without a cgroup, which only root can make, every process is looked at.
  const others = IS_ROOT ? 0 : readdirSync('/proc').filter((entry) => /^\d/.test(entry)).length
  expect(calls).toBeLessThanOrEqual(130 + 8 * others)
  expect(othersOf(modules)).toEqual([])
  // Node itself opens the first two, and what is asked of the kernel differs from host to host.
  const files = new Set(opened.filter((file) => !/\/run\.js$|\/boot\.cjs$|^\/(?:proc|sys)\//.test(file)))
  expect([...files]).toEqual([
    expect.stringMatching(/\/dist\/daemonctl\.cjs$/),
    expect.stringMatching(/-status\.code$/),
    expect.stringMatching(/\/d\.toml$/),
    expect.stringMatching(/\/definitions-[0-9a-f]{16}\.json$/),
    expect.stringMatching(/\/records\/d\.json$/),
    expect.stringMatching(/\/history\/d\.jsonl$/),
    expect.stringMatching(/\/wishes\/d\.json$/),
    expect.stringMatching(/\/d\.log$/),
  ])
})

/** Not the tracker, and not the two files that daemonctl begins with. */
const othersOf = (modules: readonly string[]): string[] =>
  modules.map((file) => basename(file)).filter((name) => !['start-path.cjs', 'run.js', 'boot.cjs'].includes(name))

/** By what they are: a file that is to replace another one has a name of its own until it does. */
const filesOf = (rig: Rig, opened: readonly string[]): string[] => {
  const names = opened
    .filter((file) => !/\/run\.js$|\/boot\.cjs$|^\/(?:proc|sys)\/|^\/$/.test(file))
    .map((file) => file.replace(/\/\.daemonctl-[^/]*\.tmp$/, '/NEW').replace(/[0-9a-f]{16,32}/, 'HASH'))
    .map((file) => file.replace(/^.*\/cache\/HASH-v[^/]*-([a-z]+)\.code$/, 'cache/$1.code'))
    .map((file) => file.replace(/^.*\/cache\/definitions/, 'cache/definitions'))
    .map((file) => (file.startsWith(rig.directory) ? file.split('/').slice(-2).join('/') : file))
    .map((file) => (file.endsWith('/dist/daemonctl.cjs') ? 'daemonctl.cjs' : file))
  return [...new Set(names)]
}

scenario(
  'start and stop open what they have to, and load one module that is not ours',
  { seconds: 120 },
  async (rig) => {
    rig.define('d', { command: ['/bin/sleep', '1000'] })
    const begun = ['daemonctl.cjs', 'etc/d.toml', 'cache/definitions-HASH.json', 'locks/d.lock', '/etc/passwd']
    const own = ['records/d.json', 'records/NEW', 'wishes/d.json', 'wishes/NEW', 'history/d.jsonl']
    const known = new Set([
      ...begun,
      ...own,
      'run/d.pid',
      'last-good/NEW',
      'log/d.log',
      'cache/start.code',
      'cache/stop.code',
    ])
    const look = async (
      words: readonly string[],
      before: readonly string[],
      slow: readonly string[],
    ): Promise<number> => {
      const { opened, builtins, modules, calls } = await pathOf(rig, words, before)
      const files = filesOf(rig, opened).filter((file) => !known.has(file))
      const loaded = builtins.filter((name) => SLOW.test(name) && !slow.includes(name))
      const others = othersOf(modules).filter((name) => name !== 'koffi.node')
      expect({ words, files, loaded, others }).toEqual({ words, files: [], loaded: [], others: [] })
      return calls
    }
    await look(['start', 'd'], ['stop', 'd'], ['module'])
    await look(['stop', 'd'], ['start', 'd'], ['module'])
    // Only here it does not depend on what else runs on this host.
    expect(await look(['start', 'd'], ['start', 'd'], ['module'])).toBeLessThanOrEqual(170)
  },
)

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

import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-package-')))
const environment = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
  npm_config_cache: join(scratch, 'npm'),
  npm_config_update_notifier: 'false',
}
/** Without koffi, which is optional and would have to be fetched. */
const HOW = ['--offline', '--omit=optional', '--no-audit', '--no-fund']

interface Packed {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

let packed: Packed

function npm(...words: readonly string[]): string {
  const options = { cwd: join(scratch, 'tree'), env: { ...environment, HOME: scratch }, encoding: 'utf8' } as const
  return execFileSync('npm', words, options)
}

/** What `npm pack` takes, with the bundle that was built for this run. */
beforeAll(() => {
  chmodSync(scratch, 0o755)
  const tree = join(scratch, 'tree')
  for (const name of ['LICENSE', 'README.md', 'bin', 'man', 'package.json', 'schema']) {
    cpSync(join(ROOT, name), join(tree, name), { recursive: true })
  }
  cpSync(join(inject('bundles'), 'dist'), join(tree, 'dist'), { recursive: true })
  execFileSync(process.execPath, [join(ROOT, 'scripts/licenses.mjs'), join(tree, 'dist/LICENSES.txt')])
  packed = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', scratch))[0]
})

afterAll(() => {
  allow(scratch, 0o755)
  rmSync(scratch, { recursive: true, force: true })
})

/** Sets the mode of directories, and with it who may change what is in them. */
function allow(directory: string, mode: number): void {
  chmodSync(directory, 0o755)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) allow(join(directory, entry.name), mode)
  }
  chmodSync(directory, mode)
}

test('the package is small, runs nothing when it is installed and names whose work is in it', () => {
  expect(packed.unpackedSize).toBeLessThanOrEqual(2 * 2 ** 20)
  expect(packed.files.map(({ path }) => path).toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'bin/run.js',
    'dist/LICENSES.txt',
    'dist/boot.cjs',
    'dist/daemonctl-help.cjs',
    'dist/daemonctl-more.cjs',
    'dist/daemonctl.cjs',
    'man/daemonctl.8',
    'man/daemonctl.toml.5',
    'package.json',
    'schema/daemonctl.schema.json',
  ])
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([])
  const licenses = readFileSync(join(scratch, 'tree/dist/LICENSES.txt'), 'utf8')
  for (const text of [/^@oclif\/core 4\.14\.\d+ \(sha512-/m, /^smol-toml \S+ \(sha512-/m, /^chalk /m, /^execa /m]) {
    expect(licenses).toMatch(text)
  }
})

test('npm installs it for all: it works for another user, where nobody may write', () => {
  const prefix = join(scratch, 'prefix')
  npm('install', '--global', '--prefix', prefix, ...HOW, join(scratch, packed.filename))
  allow(prefix, 0o555)
  const home = join(scratch, 'home')
  mkdirSync(home)
  if (isRoot) chownSync(home, NOBODY, NOBODY)
  writeFileSync(join(home, 'daemonctl.toml'), '[daemons.d]\ncommand = ["/bin/sleep", "1000"]\n')
  const run = (...words: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(join(prefix, 'bin/daemonctl'), words, {
      cwd: home,
      env: { ...environment, HOME: home },
      encoding: 'utf8',
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    })
  const seen = ['status d', 'start d', 'status d', 'status d', 'stop d', 'status d'].map((words) => {
    const { status, stderr } = run(...words.split(' '))
    return [words, status, stderr]
  })
  expect(seen).toEqual([
    ['status d', 3, ''],
    ['start d', 0, ''],
    ['status d', 0, ''],
    ['status d', 0, ''],
    ['stop d', 0, ''],
    ['status d', 3, ''],
  ])
})

test('npx runs it', () => {
  const version = npm(
    'exec',
    '--yes',
    ...HOW,
    `--package=${join(scratch, packed.filename)}`,
    '--',
    'daemonctl',
    '--version',
  )
  expect(version).toMatch(/^daemonctl\/\d+\.\d+\.\d+ /)
})

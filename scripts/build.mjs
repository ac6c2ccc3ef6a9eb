// Builds dist/daemonctl.cjs: one file, with nothing loaded before it is used. `--faults` makes the variant for the
// tests that kill daemonctl before and after each of its effects.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'
import esbuild from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const core = dirname(dirname(require.resolve('@oclif/core')))

/** Packages that @oclif/core requires at its start and that most commands never use. */
const LAZY_PACKAGES = new Set([
  'semver',
  'minimatch',
  'tinyglobby',
  'ejs',
  'lilconfig',
  'cli-spinners',
  'wordwrap',
  'get-package-type',
  'clean-stack',
  'ansi-escapes',
  'string-width',
  'wrap-ansi',
  'widest-line',
  'indent-string',
  'supports-color',
])
const CALLED_AS_FUNCTION = /^(semver|ejs|debug|wordwrap)$/
const LAZY_BUILTINS =
  /^node:(child_process|readline|perf_hooks|fs\/promises|readline\/promises|tty|util)$|^(child_process|readline|tty|util|os)$/

const lazy = {
  name: 'lazy',
  setup(build) {
    build.onResolve({ filter: /^wsl-utils$/ }, () => ({ path: 'wsl-utils', namespace: 'shim' }))
    // Only asked whether this Node is new enough, which bin/run.js has done.
    build.onResolve({ filter: /^semver$/ }, (args) =>
      args.importer.endsWith('@oclif/core/lib/index.js') ? { path: 'semver', namespace: 'shim' } : undefined,
    )
    build.onResolve({ filter: /^debug$/ }, (args) =>
      args.namespace === 'shim' ? undefined : { path: 'debug', namespace: 'shim' },
    )
    build.onLoad({ filter: /.*/, namespace: 'shim' }, (args) => ({
      resolveDir: core,
      contents:
        args.path === 'debug'
          ? `if (process.env.DEBUG) module.exports = require('debug/src/index.js')
             else { const none = () => { const f = () => {}; f.enabled = false; f.extend = none; f.namespace = ''; return f }
               module.exports = none; none.enabled = () => false; none.enable = none.disable = () => {}; none.default = none; none.formatters = {} }`
          : args.path === 'semver'
            ? `export const satisfies = () => true`
            : `export const isWsl = false; export const powerShellPath = async () => 'powershell.exe'`,
    }))
    build.onResolve({ filter: LAZY_BUILTINS }, (args) =>
      args.namespace !== 'lazy-builtin' && args.kind === 'require-call' && /node_modules/.test(args.importer)
        ? { path: args.path, namespace: 'lazy-builtin' }
        : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, (args) => ({
      contents: `let m; const get = () => m ??= require(${JSON.stringify(args.path)})
        module.exports = new Proxy({}, { get: (_, key) => key === '__esModule' ? false : get()[key] })`,
    }))
    build.onResolve({ filter: /^[a-z-]+$/ }, (args) =>
      LAZY_PACKAGES.has(args.path) &&
      args.kind === 'require-call' &&
      args.namespace !== 'lazy-package' &&
      args.importer.includes('@oclif/core')
        ? { path: args.path, namespace: 'lazy-package' }
        : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'lazy-package' }, (args) => ({
      resolveDir: core,
      contents: `let m; const get = () => m ??= require(${JSON.stringify(args.path)})
        module.exports = new Proxy(function () {}, {
          get: (_, key) => key === '__esModule' ? ${CALLED_AS_FUNCTION.test(args.path) ? 'false' : 'Boolean(get().__esModule)'} : get()[key],
          apply: (_, self, args) => get().apply(self, args),
          construct: (_, args) => new (get())(...args),
          has: (_, key) => key in get(),
          ownKeys: () => Reflect.ownKeys(get()),
          getOwnPropertyDescriptor: (_, key) => { const d = Object.getOwnPropertyDescriptor(get(), key); return d && { ...d, configurable: true } },
        })`,
    }))
  },
}

/** Templates are bundled as text: the package needs no file beside it. */
const loader = { '.mustache': 'text' }

/** Tells what this program makes of a definition from what another one does. */
function buildId() {
  const hash = createHash('sha256')
  for (const file of readdirSync(join(root, 'src'), { recursive: true }).map(String).toSorted()) {
    if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(root, 'src', file)))
  }
  return hash.digest('hex').slice(0, 16)
}

export async function bundle({
  faults = false,
  outfile = join(root, faults ? 'dist/daemonctl-faults.cjs' : 'dist/daemonctl.cjs'),
} = {}) {
  mkdirSync(dirname(outfile), { recursive: true })
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    loader,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    // A stack trace shows the line it is about: not the whole program.
    lineLimit: 160,
    keepNames: false,
    legalComments: 'none',
    external: ['koffi', '@koromix/*'],
    // import() of a builtin becomes require(): one that comes from compiled code finds no loader.
    supported: { 'dynamic-import': false },
    define: { FAULT_POINTS: String(faults), BUILD_ID: JSON.stringify(buildId()), 'import.meta.url': '__filename' },
    plugins: [lazy],
    logLevel: 'warning',
    outfile,
  })
  // By its first line the boot tells whether compiled code is of this very program. Latin-1 reads faster than UTF-8.
  const program = readFileSync(outfile, 'utf8').replaceAll(/[^\0-\x7f]/g, escapeCharacter)
  writeFileSync(outfile, `// ${createHash('sha256').update(program).digest('hex').slice(0, 32)}\n${program}`)
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/boot/boot.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
    outfile: join(root, 'dist/boot.cjs'),
  })
}

/** The program is ASCII, which is what esbuild writes; this is for what it leaves in regular expressions. */
const escapeCharacter = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Writes oclif.manifest.json from the command classes, as `oclif manifest` does. */
export async function writeManifest(file = join(root, 'oclif.manifest.json')) {
  const target = 'dist/commands.cjs'
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/commands/all.ts'],
    loader,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi', '@koromix/*', '@oclif/core'],
    define: { FAULT_POINTS: 'false', BUILD_ID: '""', 'import.meta.url': '__filename' },
    logLevel: 'warning',
    outfile: join(root, target),
  })
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const commands = { strategy: 'explicit', target: `./${target}`, identifier: 'COMMANDS' }
  const plugin = new Plugin({
    root,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    pjson: { ...pjson, oclif: { ...pjson.oclif, commands } },
  })
  await plugin.load()
  writeFileSync(file, `${JSON.stringify(plugin.manifest, null, 2)}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeManifest()
  await bundle()
  if (process.argv.includes('--faults')) await bundle({ faults: true })
}

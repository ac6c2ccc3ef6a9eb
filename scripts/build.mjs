// Builds dist/daemonctl.cjs: one file, with nothing loaded before it is used. `--faults` makes the variant for the
// tests that kill daemonctl before and after each of its effects.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'
import esbuild from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const core = dirname(dirname(require.resolve('@oclif/core')))

/** Modules of which this program uses nothing or next to nothing. */
const SHIMS = {
  // Asked only whether this is Windows under Linux.
  'wsl-utils': `export const isWsl = false; export const powerShellPath = async () => 'powershell.exe'`,
  // chalk is told its level by theme.ts.
  '#supports-color': `export const createSupportsColor = () => false; export default { stdout: false, stderr: false }`,
  debug: `if (process.env.DEBUG) module.exports = require('debug/src/index.js')
    else { const none = () => { const f = () => {}; f.enabled = false; f.extend = none; f.namespace = ''; return f }
      module.exports = none; none.enabled = () => false; none.enable = none.disable = () => {}; none.default = none; none.formatters = {} }`,
}

const shims = {
  name: 'shims',
  setup(build) {
    build.onResolve({ filter: /^(wsl-utils|debug|#supports-color)$/ }, ({ path, namespace }) =>
      namespace === 'shim' ? undefined : { path, namespace: 'shim' },
    )
    build.onLoad({ filter: /.*/, namespace: 'shim' }, ({ path }) => ({ resolveDir: core, contents: SHIMS[path] }))
  },
}

/**
 * @oclif/core requires all of itself, and half of Node, when it is loaded. It is the output of tsc, in which every
 * import is a constant `x_1` whose properties are looked up at each use: here the module is loaded at the first.
 */
const lazyOclif = {
  name: 'lazy-oclif',
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: lazyOclifModule(readFileSync(path, 'utf8'), path),
    }))
  },
}

const IMPORT_OF_TSC = /^(?:const|var) (\w+_\d+) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm
const IMPORT_OF_ESBUILD =
  /^var (import_\w+|\w+(?= = __toESM\(require\("node:)) = ((?:__toESM\()?require\("[^"]+"\)(?:, 1)?\)?);$/gm

function withLazyImports(source, pattern) {
  let text = source
  for (const [line, name, call] of source.matchAll(pattern)) {
    // Every use of the name, but no property, key or part of a string.
    const uses = new RegExp(`(?<!(?:const|var) |[\\w$:/"']|(?<!\\.\\.)\\.)${name}(?![\\w$:"'])`, 'g')
    text = text.replaceAll(uses, `${name}.module`)
    const lazily = `const ${name} = { get module() { const value = ${call}; Object.defineProperty(this, 'module', { value }); return value } };`
    text = text.replace(line, () => lazily)
  }
  return text
}

function lazyOclifModule(source, path) {
  const text = withLazyImports(source, IMPORT_OF_TSC).replaceAll(
    /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm,
    'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });',
  )
  switch (basename(path)) {
    case 'index.js':
      // bin/run.js has looked at the version of Node.
      return path.endsWith(join('core', 'lib', 'index.js')) ? once(text, /^checkNodeVersion\(\);$/m, '') : text
    case 'command.js':
      // program.ts does it, where anything is written by Node's streams: they take a while to load.
      return path.endsWith(join('lib', 'command.js'))
        ? once(text, /^process\.stdout\.on\('error', [^]*?^}\);$/m, '')
        : text
    default:
      return text
  }
}

/** Replaces what is there exactly once, so that another version of a package cannot slip through unchanged. */
function once(text, pattern, replacement) {
  const found = text.match(new RegExp(pattern.source, 'gm')) ?? []
  if (found.length !== 1) throw new Error(`${pattern} occurs ${found.length} times`)
  return text.replace(pattern, replacement)
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
  const built = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    loader,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outdir: dirname(outfile),
    write: false,
    minifySyntax: true,
    legalComments: 'none',
    external: ['koffi', '@koromix/*'],
    define: { FAULT_POINTS: String(faults), BUILD_ID: JSON.stringify(buildId()), 'import.meta.url': '__filename' },
    plugins: [shims, lazyOclif],
    logLevel: 'warning',
    metafile: true,
  })
  const parts = await Promise.all(
    built.outputFiles.map(async ({ path, text }) => ({ name: `./${basename(path)}`, code: await partOf(text) })),
  )
  const program = programOf(parts, './main.js').replaceAll(/[^\0-\x7f]/g, escapeCharacter)
  // By its first line the boot tells whether compiled code is of this very program. Latin-1 reads faster than UTF-8.
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

/** A part of the program as the body of a function of (require, module, exports). */
async function partOf(text) {
  const common = await esbuild.transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // import() becomes require(): one that comes from compiled code finds no loader.
    supported: { 'dynamic-import': false },
  })
  const { code } = await esbuild.transform(withLazyImports(common.code, IMPORT_OF_ESBUILD), {
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // A stack trace shows the line it is about: not the whole program.
    lineLimit: 160,
    legalComments: 'none',
  })
  return code
}

/**
 * One file of all parts. Each is a function, which V8 neither compiles nor keeps compiled before it is called, and
 * is called when it is required for the first time.
 */
function programOf(parts, main) {
  const table = parts.map(({ name, code }) => `${JSON.stringify(name)}(require,module,exports){${code}}`)
  return `(function(exports,require,module,__filename,__dirname){
const parts={${table.join(',\n')}},loaded={}
const load=name=>{const known=loaded[name];if(known)return known.exports
const part=parts[name];if(!part)return require(name)
const module=loaded[name]={exports:{}};part(load,module,module.exports);return module.exports}
Object.assign(load,require)
module.exports=load(${JSON.stringify(main)})
})`
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

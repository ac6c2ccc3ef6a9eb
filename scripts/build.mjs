// Builds dist/daemonctl.cjs, with nothing loaded before it is used, dist/daemonctl-help.cjs with oclif's help, and
// dist/daemonctl-more.cjs with all else that the verbs do without: parsers, the watcher, generators. `--faults` makes the variant for the tests that kill daemonctl
// before and after each of its effects.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'
import esbuild from 'esbuild'
import { helpTexts } from './help-texts.mjs'
import { licenses } from './licenses.mjs'
import { withLazyImports } from './lazy-imports.mjs'
import { OCLIF, OCLIF_AT_WORK, oclifParts } from './oclif-parts.mjs'
import { templates } from './templates.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The part that is chalk: loaded only where colours are wanted. */
const CHALK = 'package:chalk'

/** @oclif/core is made of parts of its own. */
const replaced = {
  name: 'replaced',
  setup(build) {
    build.onResolve({ filter: /^@oclif\/core$/ }, () => ({ path: OCLIF, external: true }))
    build.onResolve({ filter: /^chalk$/ }, () => ({ path: CHALK, external: true }))
  },
}

/** theme.ts tells it its level. */
const withoutColourTests = {
  name: 'without tests for colours',
  setup(build) {
    build.onResolve({ filter: /^#supports-color$/ }, ({ path }) => ({ path, namespace: 'colours' }))
    build.onLoad({ filter: /.*/, namespace: 'colours' }, () => ({
      contents: `export const createSupportsColor = () => false; export default { stdout: false, stderr: false }`,
    }))
  },
}

async function chalkPart() {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: `export { Chalk } from 'chalk'`, resolveDir: root },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    write: false,
    plugins: [withoutColourTests],
    logLevel: 'warning',
  })
  return { name: CHALK, code: outputFiles[0].text }
}

/** A `define` of esbuild would give such an object to every part. */
const withHelpTexts = {
  name: 'help texts',
  setup(build) {
    build.onLoad({ filter: /\/src\/cli\/help-texts\.ts$/ }, async ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nconst HELP_TEXTS = ${JSON.stringify(await helpTexts(root))}`,
      loader: 'ts',
    }))
  },
}

/** Namespaces only of builtins: other names could be anything. */
const IMPORT_OF_ESBUILD =
  /^var (import_\w+|\w+(?= = __toESM\(require\("node:)) = ((?:__toESM\()?require\("[^"]+"\)(?:, 1)?\)?);$/gm

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
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outdir: dirname(outfile),
    write: false,
    metafile: true,
    minifySyntax: true,
    legalComments: 'none',
    external: ['koffi', '@koromix/*'],
    define: { FAULT_POINTS: String(faults), BUILD_ID: JSON.stringify(buildId()), 'import.meta.url': '__filename' },
    plugins: [replaced, templates, withHelpTexts],
    logLevel: 'warning',
  })
  const verbs = partsOf(built.metafile.outputs, ENTRIES_OF_VERBS, [...OCLIF_AT_WORK, CHALK])
  const first = partsOf(built.metafile.outputs, ENTRIES_OF_PARSING, verbs)
  const own = built.outputFiles.map(({ path, text }) => ({ name: `./${basename(path)}`, code: text }))
  const parts = await Promise.all(
    [...own, ...(await oclifParts()), await chalkPart()].map(async ({ name, code }) => ({
      name,
      code: await partOf(code),
    })),
  )
  const parsing = parts.filter(({ name }) => first.has(name) && !verbs.has(name))
  const ofVerbs = parts.filter(({ name }) => verbs.has(name))
  const isOwn = ({ name }) => name.startsWith('./')
  const others = [...ofVerbs.filter((part) => !isOwn(part)), ...parsing]
  writeFileSync(outfile, volumeOf([...ofVerbs.filter(isOwn).map(named), ...(await shortened(others))]))
  const beside = parts.filter(({ name }) => !first.has(name))
  const help = ({ name }) => OF_HELP.test(name)
  writeFileSync(outfile.replace(/\.cjs$/, '-help.cjs'), volumeOf(await shortened(beside.filter(help))))
  writeFileSync(outfile.replace(/\.cjs$/, '-more.cjs'), volumeOf(await shortened(beside.filter((part) => !help(part)))))
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

/** oclif with its help. The boot looks for such names in this file first. */
const OF_HELP = /^(?:\.\/(?:oclif|help-texts)-|oclif:|package:)/

/** The parts `known`, and those that the files `entries` import. */
function partsOf(outputs, entries, known) {
  const found = new Set(known)
  const visit = (path) => {
    const name = `./${basename(path)}`
    if (found.has(name)) return
    found.add(name)
    for (const { path: imported, kind } of outputs[path].imports)
      if (kind === 'import-statement' && imported in outputs) visit(imported)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entries.has(entryPoint)) visit(path)
  return found
}

const VERBS = ['start', 'stop', 'restart', 'condrestart', 'reload', 'force-reload', 'status', 'signal']
/** Where a watcher is there, verbs go by it. */
const ASKING = ['src/watch/control-client.ts', 'src/watch/act-by-watcher.ts']
const ENTRIES_OF_VERBS = new Set(['src/main.ts', ...VERBS.map((verb) => `src/commands/${verb}.ts`), ...ASKING])
/** What verbs read definitions with, where they are not known yet. */
const ENTRIES_OF_PARSING = new Set(['src/definition/parse.ts'])

/** What is ours of what the verbs use keeps its names, for the traces of mistakes. */
const named = ({ name, code }) => ({
  name,
  text: `function(require,module,exports,__filename,__dirname){${code}}`,
})

/**
 * One file of parts, as an object of functions. By its first line the boot tells whether compiled code is of this very
 * file; the second one tells where each part is, so that V8 need not read those that are not used.
 */
function volumeOf(parts) {
  // The program is ASCII, for Latin-1 reads faster than UTF-8.
  const functions = parts.map(({ name, text }) => ({ name, text: text.replaceAll(/[^\0-\x7f]/g, escapeCharacter) }))
  const index = (from) => {
    const places = {}
    let start = from + '({\n'.length
    let line = LINES_BEFORE
    for (const { name, text } of functions) {
      start += `"${name}":`.length
      places[name] = [start, text.length, line]
      start += text.length + ',\n'.length
      line += text.split('\n').length
    }
    return JSON.stringify(places)
  }
  const body = functions.map(({ name, text }) => `"${name}":${text},\n`).join('')
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 32)
  const head = `// ${hash}\n//`
  // The index is before what it speaks of: its numbers are made as long as they will be.
  let text = index(0)
  for (let tries = 0; tries < 5; tries += 1) text = index(head.length + text.length + 1)
  return `${head}${text}\n({\n${body}})\n`
}

/** The hash, the index and the opening of the object. */
const LINES_BEFORE = 3

/** With short names, for the size of the package. */
async function shortened(parts) {
  return Promise.all(
    parts.map(async ({ name, code }) => {
      const { code: minified } = await esbuild.transform(
        `part=function(require,module,exports,__filename,__dirname){${code}}`,
        { target: 'node20', minify: true, lineLimit: 160, legalComments: 'none' },
      )
      return { name, text: minified.replace(/^part=/, '').replace(/;\s*$/, '') }
    }),
  )
}

/** The program is ASCII, which is what esbuild writes; this is for what it leaves in regular expressions. */
const escapeCharacter = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Writes oclif.manifest.json from the command classes, as `oclif manifest` does. */
export async function writeManifest(file = join(root, 'oclif.manifest.json')) {
  const target = 'dist/commands.cjs'
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/commands/all.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi', '@koromix/*', '@oclif/core'],
    plugins: [templates],
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
  // The bundle has no comments: whose work is in it is said here.
  writeFileSync(join(root, 'dist/LICENSES.txt'), await licenses())
  if (process.argv.includes('--faults')) await bundle({ faults: true })
}

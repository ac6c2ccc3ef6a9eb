// @oclif/core as parts of the bundle: each of its modules one, each package that it uses one. It requires all of
// itself, and half of Node, when it is loaded; as parts, what a verb does not use is not even read.
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import esbuild from 'esbuild'
import { once, withLazyImports } from './lazy-imports.mjs'

const lib = dirname(createRequire(import.meta.url).resolve('@oclif/core'))

/** Modules of which this program uses nothing or next to nothing. */
const SHIMS = {
  // They find plugins, their commands and their settings on a disk, where this program has none.
  tinyglobby: '',
  minimatch: '',
  lilconfig: '',
  // What turns while one waits, which nothing here does.
  'cli-spinners': `exports.dots2 = exports.line = { interval: 130, frames: ['-'] }`,
  // Asked only whether this is Windows under Linux.
  'wsl-utils': `exports.isWsl = false; exports.powerShellPath = async () => 'powershell.exe'`,
  '@oclif/core/package.json': `module.exports = ${nameAndVersion(join(lib, '..', 'package.json'))}`,
  debug: `if (process.env.DEBUG) module.exports = require('debug/src/index.js')
    else { const none = () => { const f = () => {}; f.enabled = false; f.extend = none; f.namespace = ''; return f }
      module.exports = none; none.enabled = () => false; none.enable = none.disable = () => {}; none.default = none; none.formatters = {} }`,
}

/** Its output of tsc, in which every import is a constant `x_1` whose properties are looked up at each use. */
const IMPORT_OF_TSC = /^(?:const|var) (\w+_\d+) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm
/** Imports are in double quotes; in single quotes are those of what may be missing. */
const REQUIRED =
  /(?:require\("([^"]+)"\)|require\('(wordwrap|get-package-type|ansi-escapes|@oclif\/core\/package\.json)'\))/g

/** The name of the part that is @oclif/core. */
export const OCLIF = 'oclif:index.js'

/** What of it a command runs with; test/processes/start-path.test.ts tells when that changes. */
export const OCLIF_AT_WORK = [
  'package:debug',
  'package:@oclif/core/package.json',
  ...[
    'args',
    'cache',
    'command',
    'config/config',
    'config/index',
    'config/util',
    'errors/index',
    'flags',
    'help/util',
    'index',
    'logger',
    'parser/index',
    'parser/parse',
    'parser/validate',
    'util/aggregate-flags',
    'util/util',
  ].map((name) => `oclif:${name}.js`),
]

/** All parts, as CommonJS; `inputs`: the files that are in it. */
export async function oclifParts() {
  const modules = new Map()
  const packages = new Set()
  const visit = (path) => {
    const name = `oclif:${relative(lib, path)}`
    if (modules.has(name)) return name
    modules.set(name, '')
    const { resolve } = createRequire(path)
    const code = patched(readFileSync(path, 'utf8'), relative(lib, path))
      .replaceAll("import('wsl-utils')", 'Promise.resolve(require("wsl-utils"))')
      .replaceAll(REQUIRED, (call, id, optional = id) => {
        if (isBuiltin(optional)) return call
        if (optional.startsWith('.')) return `require(${JSON.stringify(visit(resolve(optional)))})`
        packages.add(optional)
        return `require(${JSON.stringify(`package:${optional}`)})`
      })
    modules.set(name, withLazyImports(code, IMPORT_OF_TSC))
    return name
  }
  visit(join(lib, 'index.js'))
  const bundled = await Promise.all(
    [...packages].map(async (id) => ({ name: `package:${id}`, ...(await packaged(id)) })),
  )
  return [...[...modules].map(([name, code]) => ({ name, code })), ...bundled]
}

function patched(source, path) {
  const text = source.replaceAll(
    /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm,
    'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });',
  )
  // bin/run.js has looked at the version of Node.
  if (path === 'index.js') return once(text, /^checkNodeVersion\(\);$/m, '')
  // src/cli/oclif.ts does it, where anything is written by Node's streams: they take a while to load.
  if (path === 'command.js') return once(text, /^process\.stdout\.on\('error', [^]*?^}\);$/m, '')
  return text
}

async function packaged(id) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: SHIMS[id] ?? `module.exports = require(${JSON.stringify(id)})`, resolveDir: lib },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    write: false,
    metafile: true,
    logLevel: 'warning',
  })
  return { code: outputFiles[0].text, inputs: Object.keys(metafile.inputs) }
}

function nameAndVersion(file) {
  const { name, version } = JSON.parse(readFileSync(file, 'utf8'))
  return JSON.stringify({ name, version })
}

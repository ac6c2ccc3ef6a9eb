// Makes of dist/ one file to ship: dist/single/daemonctl, a script for hosts with Node, and, where the Node that runs
// this can, dist/single/daemonctl-PLATFORM-ARCH, an executable with that Node inside. SHA256SUMS has their checksums.
// `--executable` makes it an error if there is no executable.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { licenseOfNode, licenses } from './licenses.mjs'
import { makeExecutable, whyNoExecutable } from './single-executable.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const place = join(root, 'dist/single')
const { name, version, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The parts of the program, by what follows "daemonctl" in the names of their files. */
const parts = Object.fromEntries(
  files
    .filter((file) => /^dist\/daemonctl[\w-]*\.cjs$/.test(file))
    .map((file) => [basename(file).slice(name.length), readFileSync(join(root, file), 'latin1')]),
)

async function boot(entry, define = {}) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define,
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    logLevel: 'warning',
    write: false,
  })
  return outputFiles[0].text.trim()
}

async function script() {
  const sections = { ...parts, licenses: ascii(await licenses()) }
  let end = 0
  let comments = ''
  const places = {}
  for (const [key, text] of Object.entries(sections)) {
    // eslint-disable-next-line no-control-regex
    if (/[\u0001\r]|[^\0-\x7f]/.test(text)) throw new Error(`${key} cannot stand in a comment of one line`)
    comments = `//${text.replaceAll('\n', '\u0001')}\n${comments}`
    end += text.length + 1
    places[key] = [end, text.length, text.slice(0, text.indexOf('\n') + 1 || 16)]
    end += 2
  }
  // Also in a package of type "module", where there is neither `require` nor `__filename`.
  return `#!/usr/bin/env node
// ${name} ${version}. What is inside, and under which licences: ${name} --licenses
var release = process.versions.node.split('.').map(Number)
if (release[0] < 20 || (release[0] === 20 && release[1] < 19)) {
  process.stderr.write('${name} needs Node 20.19 or newer; this is ' + process.version + '\\n')
  process.exitCode = 5
} else (function (require) {
${await boot('src/boot/single-script.ts', { PARTS: JSON.stringify(places) })}
})(typeof require === 'function' ? require : process.getBuiltinModule('node:module').createRequire(process.argv[1]))
${comments}`
}

/** JSON in ASCII. */
const ascii = (text) =>
  JSON.stringify(text).replaceAll(/[^\0-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Nobody ever executes half a file. */
function put(file, contents, mode = 0o755) {
  writeFileSync(`${file}.new`, contents, { mode })
  renameSync(`${file}.new`, file)
  return file
}

rmSync(place, { recursive: true, force: true })
mkdirSync(place, { recursive: true })
const made = [put(join(place, name), await script())]
const ofNode = licenseOfNode()
const unable = ofNode === undefined ? 'the licence of this Node is not found beside it' : whyNoExecutable()
if (unable === undefined) {
  const executable = join(place, `${name}-${process.platform}-${process.arch}`)
  const main = await boot('src/boot/single-executable.ts')
  await makeExecutable(executable, main, { ...parts, licenses: ascii(await licenses({ node: ofNode })) })
  made.push(executable)
} else {
  console.error(`NO EXECUTABLE with Node inside is made: ${unable} (${process.execPath}, ${process.version})`)
  if (process.argv.includes('--executable')) process.exitCode = 1
}
const sums = made.map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`)
put(join(place, 'SHA256SUMS'), sums.join(''), 0o644)
process.stdout.write(sums.join(''))

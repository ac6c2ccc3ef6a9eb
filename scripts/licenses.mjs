// The licences of everything that is in the bundle, as their packages have them.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { oclifParts } from './oclif-parts.mjs'
import { templates } from './templates.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const LICENCE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i

/** A text that names each package, its version and its licence. `node`: the text of the licence of Node, if it is inside. */
export async function licenses({ node } = {}) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const texts = [section(`${name} ${version}`, readFileSync(join(root, 'LICENSE'), 'utf8'))]
  for (const directory of await packagesInside()) texts.push(sectionOf(directory))
  if (node !== undefined) texts.push(section(`Node.js ${process.version}`, node))
  return texts.join('\n')
}

/** The directories of the packages of which something is in the bundle, by name. */
async function packagesInside() {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [templates],
    external: ['koffi', '@koromix/*', '@oclif/core'],
    write: false,
    outdir: 'dist',
    splitting: true,
    metafile: true,
    logLevel: 'error',
  })
  const ofOclif = (await oclifParts()).flatMap(({ inputs = [] }) => inputs)
  const found = new Set(['node_modules/@oclif/core'])
  for (const path of [...Object.keys(metafile.inputs), ...ofOclif]) {
    const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
    if (directory !== undefined) found.add(directory)
  }
  return [...found].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map((directory) => join(root, directory))
}

const nameOf = (directory) => directory.replace(/^.*node_modules\//, '')

function sectionOf(directory) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const files = readdirSync(directory).filter((file) => LICENCE.test(file))
  const texts = files.map((file) => readFileSync(join(directory, file), 'utf8'))
  if (texts.length === 0) {
    if (typeof license !== 'string') throw new Error(`${name} does not say what its licence is`)
    texts.push(`${license}; ${author?.name ?? author ?? name}\n`)
  }
  return section(`${name} ${version}`, texts.join('\n'))
}

const section = (title, text) => `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trim()}\n`

/** The licence of the Node that runs this, where it was installed with it. */
export function licenseOfNode() {
  const prefix = join(dirname(process.execPath), '..')
  const places = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/node/LICENSE']
  const found = places.map((place) => join(prefix, place)).find((path) => existsSync(path))
  const text = found === undefined ? '' : readFileSync(found, 'utf8')
  return text.startsWith('Node.js is licensed') ? text : undefined
}

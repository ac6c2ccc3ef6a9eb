// The licences of everything that is in the bundle, as their packages have them: `node scripts/licenses.mjs FILE`.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { oclifParts } from './oclif-parts.mjs'
import { templates } from './templates.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** What was installed, and the checksums of the packages as they came. */
const LOCKED = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const LICENCE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i

/** A text that names each package, its version, its checksum and its licence. `node`: the text of the licence of Node, if it is inside. */
export async function licenses({ node } = {}) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const texts = [section(`${name} ${version}`, readFileSync(join(root, 'LICENSE'), 'utf8'))]
  // Many packages of one author have the same text.
  const alike = new Map()
  for (const directory of await packagesInside()) {
    const { title, text } = licenceOf(directory)
    const words = text.replaceAll(/\s+/g, ' ')
    alike.set(words, { text, titles: [...(alike.get(words)?.titles ?? []), title] })
  }
  for (const { text, titles } of alike.values()) texts.push(section(titles.join('\n'), text))
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

/** Which package it is, with the checksum of what npm has of it; and its licence, as it has it. */
function licenceOf(directory) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const { integrity } = LOCKED.packages[directory.slice(directory.indexOf('node_modules/'))] ?? {}
  if (integrity === undefined) throw new Error(`package-lock.json does not know ${directory}`)
  const files = readdirSync(directory).filter((file) => LICENCE.test(file))
  const texts = files.map((file) => readFileSync(join(directory, file), 'utf8').replaceAll(/[\r\t ]+$/gm, ''))
  if (texts.length === 0) {
    if (typeof license !== 'string') throw new Error(`${name} does not say what its licence is`)
    texts.push(`${license}; ${author?.name ?? author ?? name}\n`)
  }
  return { title: `${name} ${version} (${integrity})`, text: texts.join('\n') }
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

const [, script, file] = process.argv
if (script === fileURLToPath(import.meta.url) && file !== undefined) writeFileSync(file, await licenses())

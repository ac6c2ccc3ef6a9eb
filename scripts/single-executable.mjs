// A single executable application: the Node that runs this, with a program inside.
// https://nodejs.org/api/single-executable-applications.html
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'postject'

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const FUSE_UNUSED = Buffer.from(`${FUSE}:0`)

/** undefined: this Node can be made into one. */
export function whyNoExecutable() {
  if (process.platform !== 'linux') return `it is made on Linux only, and this is ${process.platform}`
  // A Node whose program is in a shared library, as some distributions have it, has it there.
  if (!readFileSync(process.execPath).includes(FUSE_UNUSED)) return 'this Node is not one file, or is one already'
  return undefined
}

/** `assets`: texts in ASCII, by name. */
export async function makeExecutable(file, main, assets) {
  const scratch = mkdtempSync(join(tmpdir(), 'daemonctl-single-'))
  const at = (name) => join(scratch, name)
  try {
    writeFileSync(at('main.js'), main)
    const names = Object.entries(assets).map(([name, text], index) => {
      writeFileSync(at(`asset-${index}`), text)
      return [name, at(`asset-${index}`)]
    })
    const shared = { main: at('main.js'), disableExperimentalSEAWarning: true, assets: Object.fromEntries(names) }
    const configured = (output) => {
      writeFileSync(at('config.json'), JSON.stringify({ ...shared, output }))
      return at('config.json')
    }
    const options = { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } }
    if (canBuild()) {
      execFileSync(process.execPath, ['--build-sea', configured(`${file}.new`)], options)
    } else {
      execFileSync(process.execPath, ['--experimental-sea-config', configured(at('blob'))], options)
      copyFileSync(process.execPath, `${file}.new`)
      await quietly(() => inject(`${file}.new`, 'NODE_SEA_BLOB', readFileSync(at('blob')), { sentinelFuse: FUSE }))
    }
    chmodSync(`${file}.new`, 0o755)
    renameSync(`${file}.new`, file)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    rmSync(`${file}.new`, { force: true })
  }
}

/** Since Node 25.5. */
function canBuild() {
  return execFileSync(process.execPath, ['--help'], { encoding: 'utf8' }).includes('--build-sea')
}

/** postject's library warns of sections without names, which Node has. */
async function quietly(work) {
  const { warn, error } = console
  console.warn = console.error = () => {}
  try {
    return await work()
  } finally {
    Object.assign(console, { warn, error })
  }
}

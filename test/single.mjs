// The files that scripts/single.mjs makes, where nothing else of daemonctl is: as they are, through a symbolic link,
// from a directory that cannot be written, by another user, and inside a package of ES modules.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NOBODY = { uid: 65534, gid: 65534 }

const made = fileURLToPath(new URL('../dist/single/', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const sums = readFileSync(join(made, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'daemonctl-single-')))
// Others are to reach it.
chmodSync(scratch, 0o755)
const smoke = join(scratch, 'smoke.mjs')
copyFileSync(new URL('smoke.mjs', import.meta.url), smoke)
chmodSync(smoke, 0o644)

const PATH = dirname(process.execPath) + delimiter + process.env.PATH

function run(program, args, options = {}) {
  const { env, ...others } = options
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: '/',
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 16 * 1024 * 1024,
    env: { PATH, HOME: scratch, ...env },
    ...others,
  })
  assert.equal(status, 0, `${program} ${args.join(' ')} gave ${status ?? error}\n${stdout}${stderr}`)
  return stdout
}

/** A directory of its own, with the file under the name by which it is installed. */
function install(name, directory) {
  const place = join(scratch, directory)
  mkdirSync(place, { mode: 0o755 })
  copyFileSync(join(made, name), join(place, 'daemonctl'))
  return join(place, 'daemonctl')
}

function test(line, index) {
  const [sum, name] = line.split(/ {2}/)
  const isScript = readFileSync(join(made, name)).subarray(0, 2).toString('latin1') === '#!'
  assert.equal(
    createHash('sha256')
      .update(readFileSync(join(made, name)))
      .digest('hex'),
    sum,
    `checksum of ${name}`,
  )
  const file = install(name, `${index}`)
  const licenses = run(file, ['--licenses'])
  for (const word of [`daemonctl ${version}`, '@oclif/core ', 'MIT License']) assert.ok(licenses.includes(word), word)
  assert.equal(licenses.includes('Node.js is licensed'), !isScript)

  // In the very first run there is no compiled form; only the owner may write where it is kept then.
  const cache = join(scratch, `cache-${index}`)
  const cached = { env: { DAEMONCTL_CACHE_DIR: cache } }
  assert.equal(run(file, ['--version'], cached), run(file, ['--version'], cached))
  assert.equal(statSync(cache).mode & 0o777, 0o700)
  assert.notEqual(readdirSync(cache).length, 0)

  // By a link, in a place that is read-only: for root, too, everything else would be in vain as nobody.
  const link = join(scratch, `link-${index}`)
  symlinkSync(file, link)
  chmodSync(dirname(file), 0o555)
  if (process.getuid() !== 0) run(process.execPath, [smoke, link], { stdio: 'pipe' })
  else {
    run(process.execPath, [smoke, link])
    const home = join(scratch, `home-${index}`)
    mkdirSync(home, { mode: 0o777 })
    chmodSync(home, 0o777)
    run(process.execPath, [smoke, link], { ...NOBODY, env: { HOME: home } })
  }
  if (isScript) {
    const inPackage = install(name, `package-${index}`)
    writeFileSync(join(dirname(inPackage), 'package.json'), '{"type":"module"}')
    // Node 20 does not know what a file without an extension is there.
    if (Number(process.versions.node.split('.')[0]) >= 22) run(inPackage, ['--version'])
    const damaged = install(name, `damaged-${index}`)
    writeFileSync(damaged, readFileSync(damaged).subarray(0, -1000))
    assert.throws(() => run(damaged, ['--version']), /compare its checksum/)
  }
  console.log(`${basename(name)}: ok`)
}

try {
  sums.forEach(test)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

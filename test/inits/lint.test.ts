import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { filesOf } from './made.ts'
import { skipped } from './machine/capable.ts'

const directory = mkdtempSync(join(tmpdir(), 'daemonctl-lint-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Everything that an init script can have, and as little as it can have. */
const MOST = `description = "A daemon with 'quotes' and $dollars"
type = "forking"
command = ["/usr/sbin/demod", "-d", "it's", "$HOME"]
pidfile = "/run/demod/demod.pid"
user = "demod"
group = "adm"
nice = 5
environment-file = ["/etc/demod.env", "-/etc/demod.more"]
config-test = ["/usr/sbin/demod", "-t"]
environment = { A = "x y", B = "'" }
limits = { nofile = "100:200" }
[log]
stdout = "/var/log/demod/out.log"
stderr = "/var/log/demod/error.log"
[start]
ready = { tcp = "127.0.0.1:80" }
[stop]
schedule = "TERM/5/forever/KILL/5"
command = ["/usr/sbin/demod", "--stop"]
[reload]
command = ["/usr/sbin/demod", "--reload"]
[hooks]
pre-start = ["/bin/true"]
post-start = ["/bin/true"]
pre-stop = ["/bin/true"]
post-stop = ["/bin/true"]
pre-reload = ["/bin/true"]
[actions]
turn = { signal = "RTMIN+3" }
dump = { command = ["/usr/sbin/demod", "--dump"] }`

const LEAST = 'command = ["/usr/sbin/demod"]\n[stop]\nkill-mode = "main"\n[reload]\nsignal = "none"'

const run = (program: string, ...words: readonly string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: directory, timeout: 60_000 })
  return { status, said: stdout + stderr }
}

async function script(name: string, text: string): Promise<string> {
  const [file] = await filesOf('sysvinit', 'demod', text, { comments: true })
  const path = join(directory, name, 'demod')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, file?.text ?? '', { mode: 0o755 })
  return path
}

describe.skipIf(skipped).each([
  ['most', MOST],
  ['least', LEAST],
])('an init script with the %s there can be', (name, text) => {
  test('pleases shellcheck', async () => {
    expect(run('shellcheck', '-s', 'sh', await script(name, text))).toEqual({ status: 0, said: '' })
  })
  test('has no bashisms', async () => {
    expect(run('checkbashisms', '-p', '-x', await script(name, text))).toEqual({ status: 0, said: '' })
  })
  test.each([['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['ksh93'], ['posh'], ['mksh'], ['yash'], ['zsh']])(
    'is understood by %s',
    async (...shell) => {
      const [program = '', ...words] = shell
      const { status, said } = run(program, ...words, '-n', await script(name, text))
      // ksh knows what would be faster in ksh.
      expect({ status, said: said.replaceAll(/^.* is slower than .*\n/gm, '') }).toEqual({ status: 0, said: '' })
    },
  )
})

describe.skipIf(skipped).each([
  ['most', MOST],
  ['most, in the foreground', MOST.replace('type = "forking"\n', '')],
  ['least', LEAST],
])('scripts of other inits with the %s there can be', (name, text) => {
  test.each(['openrc', 'runit', 's6'] as const)('%s: please shellcheck and have no bashisms', async (target) => {
    const files = await filesOf(target, 'demod', text, { comments: true })
    const scripts = files.filter((file) => file.text.startsWith('#!'))
    const paths = scripts.map((file, index) => {
      const path = join(directory, `${target}-${name}-${index}`)
      writeFileSync(path, file.text)
      return path
    })
    expect(paths.length).toBeGreaterThan(0)
    expect(run('shellcheck', '-s', 'sh', ...paths)).toEqual({ status: 0, said: '' })
    // -f: what openrc-run executes is shell, whatever its first line says.
    expect(run('checkbashisms', '-p', '-x', '-f', ...paths)).toEqual({ status: 0, said: '' })
  })
})

test.skipIf(skipped)('lintian has nothing against a package with our unit and init script', async () => {
  const root = join(directory, 'package')
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(root, path), text, { mode })
  }
  const text = MOST.replace(/group = "adm"/, '')
  const [unit] = await filesOf('systemd', 'demod', text)
  const [init] = await filesOf('sysvinit', 'demod', text)
  put('lib/systemd/system/demod.service', unit?.text ?? '')
  put('etc/init.d/demod', init?.text ?? '', 0o755)
  put('usr/sbin/demod', '#!/bin/sh\nexit 0\n', 0o755)
  put('DEBIAN/conffiles', '/etc/init.d/demod\n')
  put(
    'DEBIAN/control',
    'Package: demod\nVersion: 1.0-1\nArchitecture: all\nMaintainer: A Demo <demo@debian.org>\nSection: misc\n' +
      'Priority: optional\nDescription: tiny daemon to try boot files with\n Longer text that says what it is for.\n',
  )
  put('DEBIAN/postinst', '#!/bin/sh\nset -e\nupdate-rc.d demod defaults >/dev/null\n', 0o755)
  put('DEBIAN/postrm', '#!/bin/sh\nset -e\nif [ "$1" = purge ]; then update-rc.d demod remove >/dev/null; fi\n', 0o755)
  spawnSync('chmod', ['-R', 'go-w', root])
  expect(run('dpkg-deb', '--root-owner-group', '-b', root, join(directory, 'demod.deb')).status).toBe(0)
  const { said } = run('lintian', '--allow-root', '--tag-display-limit', '0', join(directory, 'demod.deb'))
  const ours = said.split('\n').filter((line) => /init\.d|systemd|service/.test(line))
  // It needs no library, which is the point of it; and a definition names no documentation.
  const wanted = ours.filter((line) => !/does-not-source-init-functions|missing-documentation-key/.test(line))
  expect(wanted).toEqual([])
})

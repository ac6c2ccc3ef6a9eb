import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { systemdVersion } from '../../src/host/systemd-version.ts'
import { scratch } from './scratch.ts'

function image(...files: readonly string[]): string {
  const root = scratch()
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  return root
}

test.each([
  ['Debian 12', 'usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so', 252],
  ['Debian 11', 'lib/systemd/libsystemd-shared-247.so', 247],
  ['Fedora', 'usr/lib64/systemd/libsystemd-shared-257.7-1.fc42.so', 257],
  ['Arch', 'usr/lib/systemd/libsystemd-shared-258.so', 258],
  ['another library', 'usr/lib/systemd/libsystemd-core-252.so', undefined],
])('of %s', (_, file, version) => {
  expect(systemdVersion(image(file))).toBe(version)
})

test('one directory under two names is one', () => {
  const root = image('usr/lib/systemd/libsystemd-shared-252.so')
  symlinkSync('/usr/lib', join(root, 'lib'))
  symlinkSync('/usr/lib', join(root, 'usr/lib64'))
  expect(systemdVersion(root)).toBe(252)
})

test('a link of an image that leads out leads to what is in the image', () => {
  const root = image('usr/lib/sd/libsystemd-shared-257.so')
  symlinkSync('/usr/lib/sd', join(root, 'usr/lib/systemd'))
  expect(systemdVersion(root)).toBe(257)
})

test('what an upgrade has left makes nobody guess', () => {
  const of = (version: number): string => `usr/lib/systemd/libsystemd-shared-${version}.so`
  expect(systemdVersion(image(of(252), of(257)))).toBeUndefined()
})

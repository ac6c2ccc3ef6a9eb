import { describe, expect, it } from 'vitest'
import { cgroup2Mounts, cgroupMaker, directoryOf, isCgroupOfOurs, ownCgroup } from '../../src/host/cgroup-place.ts'
import { scratch } from './scratch.ts'

const PURE = '31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate'
const HYBRID = [
  '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
  '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
].join('\n')

describe('where cgroups of version 2 are mounted', () => {
  it.each([
    [PURE, [{ mountPoint: '/sys/fs/cgroup', root: '/' }]],
    [HYBRID, [{ mountPoint: '/sys/fs/cgroup/unified', root: '/' }]],
    [
      '31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup ro',
      [{ mountPoint: '/sys/fs/cgroup', root: '/docker/abc' }],
    ],
    ['31 23 0:28 / /mnt/a\\040b rw - cgroup2 none rw', [{ mountPoint: '/mnt/a b', root: '/' }]],
    ['22 27 0:21 / /proc rw,relatime - proc proc rw', []],
    ['', []],
  ])('%j', (mountinfo, mounts) => {
    expect(cgroup2Mounts(mountinfo)).toEqual(mounts)
  })
})

it('tells our own cgroup of version 2 from those of version 1', () => {
  expect(ownCgroup('9:name=systemd:/a\n4:memory:/b\n0::/user.slice/x.scope\n')).toBe('/user.slice/x.scope')
  expect(ownCgroup('4:memory:/b\n')).toBeUndefined()
})

it.each([
  ['/user.slice', '/', '/sys/fs/cgroup/user.slice'],
  ['/', '/', '/sys/fs/cgroup'],
  ['/docker/abc', '/docker/abc', '/sys/fs/cgroup'],
  ['/docker/abc/x', '/docker/abc', '/sys/fs/cgroup/x'],
  ['/docker/abcd', '/docker/abc', undefined],
  ['/../other', '/', undefined],
])('sees cgroup %s through a mount of %s at %s', (cgroup, root, directory) => {
  expect(directoryOf(cgroup, { mountPoint: '/sys/fs/cgroup', root })).toBe(directory)
})

it.each([
  ['/sys/fs/cgroup/daemonctl/myapp', true],
  ['/sys/fs/cgroup/user.slice/daemonctl-myapp', true],
  ['/sys/fs/cgroup', false],
  ['/sys/fs/cgroup/daemonctl', false],
  ['/sys/fs/cgroup/system.slice/ssh.service', false],
  ['/sys/fs/cgroup/daemonctl/..', false],
  ['/sys/fs/cgroup/daemonctl/../daemonctl/x', false],
  ['daemonctl/x', false],
])('knows whether %s may be one of ours: %s', (path, ours) => {
  expect(isCgroupOfOurs(path)).toBe(ours)
})

describe('a host on which no cgroup can be had', () => {
  it.each([
    ['without cgroups of version 2', '', ''],
    ['where they cannot be made', '31 23 0:28 / /proc/self ro - cgroup2 cgroup2 ro', '0::/\n'],
  ])('%s, says so', (_, mountinfo, cgroup) => {
    expect(cgroupMaker(() => ({ mountinfo, cgroup })).make('myapp')).toBeUndefined()
  })

  it('is not taken in by a directory that is none', () => {
    const mountinfo = `31 23 0:28 / ${scratch()} rw - cgroup2 cgroup2 rw`
    expect(cgroupMaker(() => ({ mountinfo, cgroup: '0::/\n' })).make('myapp')).toBeUndefined()
  })

  it('has nothing to join', () => {
    expect(cgroupMaker(() => ({ mountinfo: '', cgroup: '' })).joinAtOnce('/sys/fs/cgroup/none', process.pid)).toBe(
      false,
    )
  })
})

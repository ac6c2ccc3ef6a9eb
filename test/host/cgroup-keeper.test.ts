import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LinuxCgroupKeeper } from '../../src/host/cgroup-keeper.ts'
import { cgroupMaker, readCgroupSources } from '../../src/host/cgroup-place.ts'
import { scratch, untilTestEnds } from './scratch.ts'

const maker = cgroupMaker(readCgroupSources)
const keeper = new LinuxCgroupKeeper(maker)
const key = (name: string): string => `test-${name}-${process.pid}`

const trial = maker.make(key('trial'))
const available = trial !== undefined
const canKill = trial !== undefined && existsSync(join(trial, 'cgroup.kill'))
if (trial !== undefined) rmdirSync(trial)

function makeCgroup(name: string): string {
  const path = maker.make(key(name))
  if (path === undefined) throw new Error('no cgroup')
  onTestFinished(async () => {
    keeper.kill(path)
    await keeper.emptied(path, AbortSignal.timeout(5_000))
    keeper.remove(path)
  })
  return path
}

async function sleeper(path: string): Promise<{ pid: number; end: () => void; ended: Promise<unknown> }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  expect(maker.joinAtOnce(path, pid)).toBe(true)
  return { pid, end: () => void child.kill('SIGKILL'), ended: once(child, 'exit') }
}

describe.skipIf(!available)('a cgroup of a daemon (left out where none can be made)', () => {
  it('is made once for a key, and goes', () => {
    const path = makeCgroup('once')
    expect(maker.make(key('once'))).toBe(path)
    expect(keeper.members(path)).toEqual([])
    keeper.remove(path)
    expect(keeper.members(path)).toBeUndefined()
  })

  it('is not taken for a file of the kernel', () => {
    const path = maker.make('cgroup.procs')
    expect(path).toMatch(/_cgroup\.procs$|daemonctl-cgroup\.procs$/)
    keeper.remove(path ?? '')
    expect(existsSync(path ?? '')).toBe(false)
  })

  it('names its members, those below it as well', async () => {
    const path = makeCgroup('members')
    mkdirSync(join(path, 'inner'))
    const [outer, inner] = [await sleeper(path), await sleeper(join(path, 'inner'))]
    expect(keeper.members(path)).toEqual([outer.pid, inner.pid])
    expect(keeper.outOfMemoryKills(path)).toBe(0)
    outer.end()
    inner.end()
    await keeper.emptied(path, untilTestEnds())
    keeper.remove(path)
    expect(existsSync(path)).toBe(false)
  })

  it('stays while somebody is in it', async () => {
    const path = makeCgroup('populated')
    const { pid } = await sleeper(path)
    keeper.remove(path)
    expect(keeper.members(path)).toEqual([pid])
  })

  it('tells when the last one has gone', async () => {
    const path = makeCgroup('emptied')
    const { end } = await sleeper(path)
    let empty = false
    const emptied = keeper.emptied(path, untilTestEnds()).then(() => (empty = true))
    expect(empty).toBe(false)
    end()
    await emptied
  })

  it('lets go when aborted', async () => {
    const path = makeCgroup('aborted')
    await sleeper(path)
    const controller = new AbortController()
    const emptied = keeper.emptied(path, controller.signal)
    controller.abort()
    await emptied
    await keeper.emptied(path, controller.signal)
  })

  it.skipIf(!canKill)('is killed as a whole (left out before Linux 5.14)', async () => {
    const path = makeCgroup('kill')
    const { ended } = await sleeper(path)
    expect(keeper.kill(path)).toBe(true)
    expect(await ended).toEqual([null, 'SIGKILL'])
  })

  it('is not killed while we are in it', () => {
    const path = makeCgroup('self')
    const home = dirname(path)
    const back = join(home.endsWith('/daemonctl') ? dirname(home) : home, 'cgroup.procs')
    expect(maker.joinAtOnce(path, process.pid)).toBe(true)
    try {
      expect(keeper.kill(path)).toBe(false)
    } finally {
      writeFileSync(back, String(process.pid))
    }
  })
})

it('leaves alone what cannot be a cgroup of ours', () => {
  const directory = scratch()
  mkdirSync(join(directory, 'child'))
  keeper.remove(directory)
  expect(keeper.kill(directory)).toBe(false)
  expect(existsSync(join(directory, 'child'))).toBe(true)
})

it('knows nothing of a cgroup that is not there, and complains of nothing', async () => {
  const path = '/sys/fs/cgroup/daemonctl/no-such-cgroup'
  expect(keeper.members(path)).toBeUndefined()
  expect(keeper.outOfMemoryKills(path)).toBe(0)
  expect(keeper.kill(path)).toBe(false)
  await keeper.emptied(path, untilTestEnds())
  keeper.remove(path)
})

import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ok } from '../../src/base/result.ts'
import { ensureDirectory, inDirectory } from '../../src/host/directory.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, withUmask } from './scratch.ts'

const context = { uid, stage: 'preparing files' } as const
const modeOf = (path: string): number => statSync(path).mode & 0o7777

describe('making a directory', () => {
  it('makes what leads to it as well, with exact modes under any umask', () => {
    const base = scratch()
    const path = join(base, 'a/b/c')
    expect(withUmask(0o077, () => ensureDirectory(path, { mode: 0o755 }, context)).ok).toBe(true)
    expect([modeOf(join(base, 'a')), modeOf(join(base, 'a/b')), modeOf(path)]).toEqual([0o755, 0o755, 0o755])
  })

  it('keeps what leads to a private directory private', () => {
    const base = scratch()
    expect(ensureDirectory(join(base, 'a/b'), { mode: 0o700 }, context).ok).toBe(true)
    expect([modeOf(join(base, 'a')), modeOf(join(base, 'a/b'))]).toEqual([0o700, 0o700])
  })

  it('leaves one that is there as it is', () => {
    const path = join(scratch(), 'there')
    mkdirSync(path)
    chmodSync(path, 0o750)
    expect(ensureDirectory(path, { mode: 0o755 }, context).ok).toBe(true)
    expect(modeOf(path)).toBe(0o750)
  })

  it('names the file that is in the way', () => {
    const base = scratch()
    writeFileSync(join(base, 'file'), '')
    expect(ensureDirectory(join(base, 'file/sub'), { mode: 0o755 }, context)).toMatchObject({
      ok: false,
      error: { reason: 'failed', message: `cannot make the directory ${base}/file/sub: not a directory` },
    })
  })

  it.skipIf(!isRoot)(rootOnly('gives only the last one away'), () => {
    const base = scratch()
    const owner = { uid: STRANGER, gid: STRANGER }
    expect(ensureDirectory(join(base, 'run/app'), { mode: 0o750, owner }, context).ok).toBe(true)
    expect([statSync(join(base, 'run')).uid, statSync(join(base, 'run/app')).uid]).toEqual([uid, STRANGER])
  })
})

describe('a symbolic link on the way', () => {
  it('is followed in a directory of our own', () => {
    const base = scratch()
    mkdirSync(join(base, 'real'))
    symlinkSync('real', join(base, 'link'))
    expect(ensureDirectory(join(base, 'link/new'), { mode: 0o755 }, context).ok).toBe(true)
    expect(existsSync(join(base, 'real/new'))).toBe(true)
  })

  it('is refused where everybody could have put it', () => {
    const base = scratch()
    mkdirSync(join(base, 'open'))
    mkdirSync(join(base, 'precious'))
    chmodSync(join(base, 'open'), 0o777)
    symlinkSync(join(base, 'precious'), join(base, 'open/link'))
    expect(ensureDirectory(join(base, 'open/link/new'), { mode: 0o755 }, context)).toMatchObject({
      ok: false,
      error: { reason: 'not-permitted', message: expect.stringContaining(`${base}/open/link`) as string },
    })
    expect(readdirSync(join(base, 'precious'))).toEqual([])
  })

  it('is followed in a sticky directory if it is ours', () => {
    const base = scratch()
    mkdirSync(join(base, 'tmp'))
    chmodSync(join(base, 'tmp'), 0o1777)
    mkdirSync(join(base, 'real'))
    symlinkSync(join(base, 'real'), join(base, 'tmp/link'))
    expect(ensureDirectory(join(base, 'tmp/link/new'), { mode: 0o755 }, context).ok).toBe(true)
  })

  it.skipIf(!isRoot)(rootOnly("is refused in a sticky directory if it is a stranger's"), () => {
    const base = scratch()
    mkdirSync(join(base, 'tmp'))
    chmodSync(join(base, 'tmp'), 0o1777)
    mkdirSync(join(base, 'precious'))
    symlinkSync(join(base, 'precious'), join(base, 'tmp/link'))
    lchownSync(join(base, 'tmp/link'), STRANGER, STRANGER)
    expect(ensureDirectory(join(base, 'tmp/link/new'), { mode: 0o755 }, context).ok).toBe(false)
    expect(readdirSync(join(base, 'precious'))).toEqual([])
  })

  it.skipIf(!isRoot)(rootOnly("is refused in a stranger's directory"), () => {
    const base = scratch()
    mkdirSync(join(base, 'home'))
    symlinkSync('/etc', join(base, 'home/logs'))
    chownSync(join(base, 'home'), STRANGER, STRANGER)
    const owner = { uid: STRANGER, gid: STRANGER }
    expect(ensureDirectory(join(base, 'home/logs/daemonctl-test'), { mode: 0o755, owner }, context).ok).toBe(false)
    expect(existsSync('/etc/daemonctl-test')).toBe(false)
  })
})

it('holds the directory itself, not its path', () => {
  const base = scratch()
  mkdirSync(join(base, 'first'))
  const listed = inDirectory(join(base, 'first'), context, (directory) => {
    writeFileSync(directory.at('file'), '')
    return ok(readdirSync(directory.at('.')))
  })
  expect(listed).toEqual({ ok: true, value: ['file'] })
})

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openOutput } from '../../src/host/log-output.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, withUmask } from './scratch.ts'

const target = (path: string, changes: { mode?: number; owner?: { uid: number; gid: number } } = {}) =>
  ({ kind: 'file', path, mode: changes.mode ?? 0o640, owner: changes.owner }) as const

function opened(path: string, changes: Parameters<typeof target>[1] = {}): number {
  const fd = openOutput(target(path, changes))
  if (!fd.ok) throw new Error(fd.error.message)
  onTestFinished(() => closeSync(fd.value))
  return fd.value
}

describe('the log of a daemon', () => {
  it('is made with exactly its mode, in a new directory', () => {
    const path = join(scratch(), 'log/myapp/x.log')
    withUmask(0o077, () => opened(path, { mode: 0o644 }))
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777]).toEqual([0o644, 0o755])
  })

  it('is appended to, also after it was cut (copytruncate)', () => {
    const path = join(scratch(), 'x.log')
    writeFileSync(path, 'before\n')
    const fd = opened(path)
    writeSync(fd, 'one\n')
    expect(readFileSync(path, 'utf8')).toBe('before\none\n')
    truncateSync(path)
    writeSync(fd, 'two\n')
    expect(readFileSync(path, 'utf8')).toBe('two\n')
  })

  it('keeps the mode that it has', () => {
    const path = join(scratch(), 'x.log')
    writeFileSync(path, '')
    chmodSync(path, 0o600)
    opened(path, { mode: 0o644 })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('may be opened twice, for both streams', () => {
    const path = join(scratch(), 'x.log')
    expect(fstatSync(opened(path)).ino).toBe(fstatSync(opened(path)).ino)
  })

  it.skipIf(!isRoot)(rootOnly('belongs to the user of the daemon when it is new, and to its owner otherwise'), () => {
    const path = join(scratch(), 'x.log')
    const owner = { uid: STRANGER, gid: STRANGER }
    opened(path, { owner })
    expect(statSync(path).uid).toBe(STRANGER)
    chownSync(path, 0, 0)
    opened(path, { owner })
    expect(statSync(path).uid).toBe(uid)
  })

  it('may be /dev/null', () => {
    expect(fstatSync(opened('/dev/null')).isCharacterDevice()).toBe(true)
  })

  it('may be a link of our own, to a log that is yet to be made', () => {
    const directory = scratch()
    symlinkSync('real.log', join(directory, 'x.log'))
    writeSync(opened(join(directory, 'x.log')), 'text')
    expect(readFileSync(join(directory, 'real.log'), 'utf8')).toBe('text')
  })
})

describe('what cannot be a log', () => {
  it('is a pipe, and nobody waits for its reader', () => {
    const path = join(scratch(), 'pipe')
    execFileSync('mkfifo', [path])
    expect(openOutput(target(path))).toMatchObject({
      ok: false,
      error: {
        stage: 'preparing files',
        message: expect.stringContaining('named pipe') as string,
        remedy: expect.any(String) as string,
      },
    })
  })

  it('is a directory', () => {
    const path = scratch()
    expect(openOutput(target(path))).toMatchObject({
      ok: false,
      error: { message: `${path} cannot be a log: it is a directory` },
    })
  })

  it('is a file below a file', () => {
    const path = join(scratch(), 'file')
    writeFileSync(path, '')
    expect(openOutput(target(join(path, 'x.log')))).toMatchObject({ ok: false, error: { stage: 'preparing files' } })
  })

  it.each([0o777, 0o1777])('is a link in a directory of mode %o', (mode) => {
    const directory = join(scratch(), 'open')
    const precious = join(scratch(), 'precious')
    writeFileSync(precious, 'precious')
    mkdirSync(directory)
    chmodSync(directory, mode)
    symlinkSync(precious, join(directory, 'x.log'))
    symlinkSync(join(precious, '../new'), join(directory, 'y.log'))
    expect(openOutput(target(join(directory, 'x.log'))).ok).toBe(false)
    expect(openOutput(target(join(directory, 'y.log'))).ok).toBe(false)
    expect(existsSync(join(precious, '../new'))).toBe(false)
  })

  it('is a second name of another file, where others may have given it', () => {
    const base = scratch()
    mkdirSync(join(base, 'open'))
    chmodSync(join(base, 'open'), 0o1777)
    writeFileSync(join(base, 'precious'), 'precious')
    linkSync(join(base, 'precious'), join(base, 'open/x.log'))
    expect(openOutput(target(join(base, 'open/x.log'))).ok).toBe(false)
    renameSync(join(base, 'open/x.log'), join(base, 'x.log'))
    expect(openOutput(target(join(base, 'x.log'))).ok).toBe(true)
  })

  it.skipIf(!isRoot)(rootOnly("is what lies behind a link in a stranger's directory"), () => {
    const base = scratch()
    mkdirSync(join(base, 'home'))
    mkdirSync(join(base, 'precious'))
    symlinkSync(join(base, 'precious'), join(base, 'home/log'))
    chownSync(join(base, 'home'), STRANGER, STRANGER)
    const owner = { uid: STRANGER, gid: STRANGER }
    expect(openOutput(target(join(base, 'home/log/x.log'), { owner }))).toMatchObject({
      ok: false,
      error: { reason: 'not-permitted' },
    })
    expect(existsSync(join(base, 'precious/x.log'))).toBe(false)
  })
})

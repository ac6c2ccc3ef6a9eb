import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileFactsGatherer } from '../../src/host/file-facts.ts'
import { DiskFiles } from '../../src/host/files.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, withoutRights } from './scratch.ts'

const files = (): DiskFiles => new DiskFiles({ uid, facts: new FileFactsGatherer() })

function file(text = 'text', directory = scratch()): string {
  const path = join(directory, 'x.toml')
  writeFileSync(path, text)
  chmodSync(path, 0o644)
  return path
}

describe('a file that configures what we do', () => {
  it('is read', () => {
    expect(files().readTrusted(file('command = "ü"'))).toEqual({ ok: true, value: 'command = "ü"' })
  })

  it('is missing', () => {
    const path = join(scratch(), 'none.toml')
    expect(files().readTrusted(path)).toMatchObject({ ok: false, error: { missing: true, why: `there is no ${path}` } })
  })

  it('is not read where we may not', () => {
    const path = file()
    chmodSync(path, 0)
    const read = withoutRights(() => new DiskFiles({ uid: STRANGER, facts: new FileFactsGatherer() }).readTrusted(path))
    expect(read).toMatchObject({
      ok: false,
      error: { missing: false, why: `${path} cannot be read: permission denied` },
    })
  })

  it('is no directory and no pipe', () => {
    const directory = scratch()
    execFileSync('mkfifo', [join(directory, 'pipe')])
    expect(files().readTrusted(directory)).toMatchObject({ ok: false, error: { missing: false } })
    expect(files().readTrusted(join(directory, 'pipe'))).toMatchObject({ ok: false, error: { missing: false } })
  })
})

describe.skipIf(!isRoot)(rootOnly('root refuses a file'), () => {
  it.each([
    [0o646, 'everybody may write', 'chmod o-w'],
    [0o666, 'everybody may write', 'chmod o-w'],
  ])('of mode %o', (mode, why, remedy) => {
    const path = file()
    chmodSync(path, mode)
    expect(files().readTrusted(path)).toEqual({
      ok: false,
      error: { missing: false, why: `${why} ${path}, and it tells root what to do`, remedy: `${remedy} ${path}` },
    })
  })

  it('that a group may write, but for that of root', () => {
    const path = file()
    chmodSync(path, 0o664)
    expect(files().readTrusted(path).ok).toBe(true)
    chownSync(path, 0, STRANGER)
    expect(files().readTrusted(path)).toMatchObject({ ok: false, error: { remedy: `chmod g-w ${path}` } })
  })

  it("that is a stranger's, and says how to mend it", () => {
    const path = file()
    chownSync(path, STRANGER, STRANGER)
    const { error } = files().readTrusted(path) as { error: { remedy: string } }
    expect(error).toMatchObject({ why: expect.stringContaining(`${path} belongs to uid ${STRANGER}`) as string })
    execFileSync('/bin/sh', ['-c', error.remedy])
    expect(files().readTrusted(path).ok).toBe(true)
  })

  it('in a directory that others may write, and says how to mend it', () => {
    const directory = join(scratch(), 'it is "open"')
    mkdirSync(directory)
    chmodSync(directory, 0o777)
    const path = file('text', directory)
    const { error } = files().readTrusted(path) as { error: { remedy: string } }
    expect(error.remedy).toBe(`chmod o-w '${directory}'`)
    execFileSync('/bin/sh', ['-c', error.remedy])
    expect(files().readTrusted(path).ok).toBe(true)
  })

  it("in a stranger's directory further up", () => {
    const home = join(scratch(), 'home')
    mkdirSync(join(home, 'sub'), { recursive: true })
    chownSync(home, STRANGER, STRANGER)
    expect(files().readTrusted(file('text', join(home, 'sub')))).toMatchObject({
      ok: false,
      error: { remedy: `chown -h root ${home}` },
    })
  })

  it('behind a link that a stranger planted in a sticky directory', () => {
    const tmp = join(scratch(), 'tmp')
    mkdirSync(tmp)
    chmodSync(tmp, 0o1777)
    symlinkSync(file(), join(tmp, 'link.toml'))
    lchownSync(join(tmp, 'link.toml'), STRANGER, STRANGER)
    expect(files().readTrusted(join(tmp, 'link.toml'))).toMatchObject({ ok: false, error: { missing: false } })
  })

  it('behind a directory that is a link of a stranger', () => {
    const [tmp, real] = [join(scratch(), 'tmp'), scratch()]
    file('text', real)
    mkdirSync(tmp)
    chmodSync(tmp, 0o1777)
    symlinkSync(real, join(tmp, 'link'))
    lchownSync(join(tmp, 'link'), STRANGER, STRANGER)
    expect(files().readTrusted(join(tmp, 'link/x.toml'))).toMatchObject({
      ok: false,
      error: { remedy: `chown -h root ${join(tmp, 'link')}` },
    })
  })

  it('but follows a link of its own', () => {
    const link = join(scratch(), 'link.toml')
    symlinkSync(file(), link)
    expect(files().readTrusted(link).ok).toBe(true)
  })

  it('and reads its own in a sticky directory', () => {
    const tmp = join(scratch(), 'tmp')
    mkdirSync(tmp)
    chmodSync(tmp, 0o1777)
    expect(files().readTrusted(file('text', tmp)).ok).toBe(true)
  })
})

describe('small questions about paths', () => {
  it('are answered', () => {
    const path = file()
    const link = join(scratch(), 'link')
    symlinkSync(path, link)
    expect([files().exists(link), files().exists(`${path}.no`)]).toEqual([true, false])
    expect([files().isDirectory(join(path, '..')), files().isDirectory(path), files().isDirectory('/no')]).toEqual([
      true,
      false,
      false,
    ])
    expect(files().realPath(link)).toBe(files().realPath(path))
    expect(files().realPath('/no/such')).toBe('/no/such')
  })
})

describe('a lock file', () => {
  it('is made with its directory, made younger, and removed', () => {
    const path = join(scratch(), 'subsys/myapp')
    expect(files().touch(path).ok).toBe(true)
    expect(statSync(path).size).toBe(0)
    utimesSync(path, 1, 1)
    expect(files().touch(path).ok).toBe(true)
    expect(statSync(path).mtimeMs).toBeGreaterThan(1_000)
    files().remove(path)
    files().remove(path)
    expect(existsSync(path)).toBe(false)
  })

  it('is not made through a link', () => {
    const directory = scratch()
    symlinkSync(join(directory, 'target'), join(directory, 'lock'))
    expect(files().touch(join(directory, 'lock'))).toMatchObject({ ok: false, error: { stage: 'preparing files' } })
    expect(existsSync(join(directory, 'target'))).toBe(false)
  })
})

it('makes a directory for somebody, as far as it may give things away', () => {
  const path = join(scratch(), 'run/myapp')
  const owner = isRoot ? { uid: STRANGER, gid: STRANGER } : { uid, gid: process.getegid?.() ?? 0 }
  expect(files().makeDirectory(path, 0o750, owner).ok).toBe(true)
  expect([statSync(path).uid, statSync(path).mode & 0o7777]).toEqual([owner.uid, 0o750])
})

describe('the end of a log', () => {
  const log = (text: string | Buffer): string => {
    const path = join(scratch(), 'x.log')
    writeFileSync(path, text)
    return path
  }

  it('is its last lines', () => {
    const path = log('1\n2\r\n3\n4')
    expect(files().tail(path, 3)).toEqual(['2', '3', '4'])
    expect(files().tail(path, 99)).toEqual(['1', '2', '3', '4'])
    expect(files().tail(path, 0)).toEqual([])
  })

  it.each(['', '\n'])('of %j is short', (text) => {
    expect(files().tail(log(text), 5)).toEqual(text === '' ? [] : [''])
  })

  it('is only what was written since', () => {
    const path = log('before\n')
    const since = files().logEnd(path)
    expect(since).toEqual({ path, offset: 7 })
    expect(files().tail(path, 5, since)).toEqual([])
    appendFileSync(path, 'after\nand after\n')
    expect(files().tail(path, 5, since)).toEqual(['after', 'and after'])
    expect(files().tail(path, 1, since)).toEqual(['and after'])
  })

  it('is all of it, if it was rotated since', () => {
    const path = log('much that is gone\n')
    const since = files().logEnd(path)
    writeFileSync(path, 'new\n')
    expect(files().tail(path, 5, since)).toEqual(['new'])
  })

  it.each([100, 65_535, 65_536, 65_537, 200_000])('is right around a line of %i bytes', (size) => {
    const path = log(`first\n${'x'.repeat(size)}\nlast\n`)
    expect(files().tail(path, 2)).toEqual(['x'.repeat(size), 'last'])
    expect(files().tail(path, 3)).toEqual(['first', 'x'.repeat(size), 'last'])
  })

  it('does not show the torso of a line', () => {
    const path = log(`${'x'.repeat(400_000)}\nlast\n`)
    expect(files().tail(path, 5)).toEqual(['last'])
  })

  it('of one endless line is its end', () => {
    expect(files().tail(log('x'.repeat(400_000)), 5)).toEqual(['x'.repeat(256 * 1024)])
  })

  it('may be any bytes', () => {
    expect(files().tail(log(Buffer.from([0xff, 0x00, 0x0a, 0xc3, 0x0a])), 5)).toEqual(['\ufffd\0', '\ufffd'])
  })

  it('of a missing log, a directory or a pipe is nothing', () => {
    const directory = scratch()
    execFileSync('mkfifo', [join(directory, 'pipe')])
    expect(files().tail(join(directory, 'none'), 5)).toEqual([])
    expect(files().tail(directory, 5)).toEqual([])
    expect(files().tail(join(directory, 'pipe'), 5)).toEqual([])
    expect(files().logEnd(join(directory, 'none')).offset).toBe(0)
  })
})

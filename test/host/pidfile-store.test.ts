import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileFactsGatherer } from '../../src/host/file-facts.ts'
import { DiskPidfileStore } from '../../src/host/pidfile-store.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, untilTestEnds, withUmask, withoutRights } from './scratch.ts'

const store = (): DiskPidfileStore => new DiskPidfileStore({ uid, pidMax: 4_194_304, facts: new FileFactsGatherer() })

/** A pidfile as a daemon writes it. */
function pidfile(text: string, directory = scratch()): string {
  const path = join(directory, 'x.pid')
  writeFileSync(path, text)
  chmodSync(path, 0o644)
  return path
}

function sticky(): string {
  const directory = join(scratch(), 'tmp')
  mkdirSync(directory)
  chmodSync(directory, 0o1777)
  return directory
}

describe('reading a pidfile', () => {
  it('says its PID, when it was written and which file it is', () => {
    const path = pidfile('4711\n')
    utimesSync(path, 1_000, 1_000.25)
    const { dev, ino } = statSync(path)
    expect(store().read(path)).toMatchObject({
      kind: 'read',
      content: { kind: 'pid', pid: 4711 },
      writtenAt: 1_000_250,
      file: `${dev}:${ino}`,
      doubt: undefined,
    })
  })

  it.each([
    ['', { kind: 'empty' }],
    ['0\n', { kind: 'garbage', text: '0' }],
    ['-1\n', { kind: 'garbage', text: '-1' }],
    ['99999999999\n', { kind: 'garbage', text: '99999999999' }],
    ['4711\n/var/lib/postgresql\n', { kind: 'pid', pid: 4711 }],
  ])('takes %j for what it is', (text, content) => {
    expect(store().read(pidfile(text))).toMatchObject({ kind: 'read', content })
  })

  it('reads no more than its beginning', () => {
    expect(store().read(pidfile(`4711\n${'x'.repeat(10_000_000)}`))).toMatchObject({ content: { pid: 4711 } })
  })

  it.each(['missing', 'no/such/directory', 'file/below'])('finds nothing at %s', (place) => {
    const directory = scratch()
    writeFileSync(join(directory, 'file'), '')
    expect(store().read(join(directory, place))).toEqual({ kind: 'absent' })
  })

  it('refuses a directory', () => {
    expect(store().read(scratch())).toMatchObject({ kind: 'refused', why: 'it is a directory' })
  })

  it('refuses a named pipe and does not wait for a writer', () => {
    const path = join(scratch(), 'pipe')
    execFileSync('mkfifo', [path])
    expect(store().read(path)).toMatchObject({ kind: 'refused', why: 'it is not a regular file' })
  })

  it('knows a file system in memory by its kind', () => {
    const path = pidfile('4711\n')
    const inMemory = [0x01021994, 0x858458f6].includes(statfsSync(path).type)
    expect(store().read(path)).toMatchObject({ volatile: inMemory })
  })

  it.skipIf(!existsSync('/dev/shm'))('knows tmpfs', () => {
    const path = `/dev/shm/daemonctl-test-${process.pid}.pid`
    try {
      expect(store().write(path, 4711).ok).toBe(true)
      expect(store().read(path)).toMatchObject({ kind: 'read', volatile: true })
    } finally {
      store().remove(path, store().read(path))
    }
    expect(existsSync(path)).toBe(false)
  })

  it('says why it may not be read', () => {
    const path = pidfile('4711\n')
    chmodSync(path, 0)
    expect(withoutRights(() => store().read(path))).toEqual({ kind: 'unreadable', why: 'permission denied' })
  })
})

describe('a pidfile that others may have written', () => {
  it('is refused if everybody may write it', () => {
    const path = pidfile('4711\n')
    chmodSync(path, 0o666)
    expect(store().read(path)).toMatchObject({ kind: 'refused', why: expect.stringContaining('everybody') as string })
  })

  it('is doubtful in a directory that everybody may write', () => {
    const directory = scratch()
    chmodSync(directory, 0o777)
    expect(store().read(pidfile('4711\n', directory))).toMatchObject({
      kind: 'read',
      doubt: { why: `others may replace it in ${directory}`, writer: undefined },
    })
  })

  it('is beyond doubt in a sticky directory if it is ours', () => {
    expect(store().read(pidfile('4711\n', sticky()))).toMatchObject({ kind: 'read', doubt: undefined })
  })

  it.skipIf(!isRoot)(rootOnly("is doubtful if it is a stranger's, who is named"), () => {
    const path = pidfile('4711\n', sticky())
    chownSync(path, STRANGER, STRANGER)
    expect(store().read(path)).toMatchObject({ kind: 'read', doubt: { writer: STRANGER } })
  })

  it.skipIf(!isRoot)(rootOnly("is doubtful in a stranger's directory"), () => {
    const directory = join(scratch(), 'home')
    mkdirSync(directory)
    chownSync(directory, STRANGER, STRANGER)
    expect(store().read(pidfile('4711\n', directory))).toMatchObject({ kind: 'read', doubt: { writer: STRANGER } })
  })

  it.skipIf(!isRoot)(rootOnly('is doubtful if a stranger planted the link that leads to its directory'), () => {
    const real = scratch()
    pidfile('4711\n', real)
    const link = join(sticky(), 'run')
    symlinkSync(real, link)
    lchownSync(link, STRANGER, STRANGER)
    expect(store().read(join(link, 'x.pid'))).toMatchObject({ kind: 'read', doubt: { writer: STRANGER } })
  })
})

describe('a pidfile that is a symbolic link', () => {
  it('is followed in a directory of our own', () => {
    const path = pidfile('4711\n')
    const link = join(scratch(), 'link.pid')
    symlinkSync(path, link)
    const { dev, ino } = statSync(path)
    expect(store().read(link)).toMatchObject({ kind: 'read', content: { pid: 4711 }, file: `${dev}:${ino}` })
  })

  it.each([0o777, 0o1777])('is refused in a directory of mode %o', (mode) => {
    const directory = join(scratch(), 'open')
    mkdirSync(directory)
    chmodSync(directory, mode)
    const link = join(directory, 'link.pid')
    symlinkSync(pidfile('4711\n'), link)
    expect(store().read(link)).toMatchObject({ kind: 'refused', remedy: expect.stringContaining(link) as string })
  })

  it('is refused there even while it leads nowhere', () => {
    const link = join(sticky(), 'link.pid')
    symlinkSync('/nowhere/x.pid', link)
    expect(store().read(link)).toMatchObject({ kind: 'refused' })
  })

  it('is no pidfile while it leads nowhere, in a directory of our own', () => {
    const link = join(scratch(), 'link.pid')
    symlinkSync('/nowhere/x.pid', link)
    expect(store().read(link)).toEqual({ kind: 'absent' })
  })

  it('is as doubtful as its target', () => {
    const directory = scratch()
    chmodSync(directory, 0o777)
    const link = join(scratch(), 'link.pid')
    symlinkSync(pidfile('4711\n', directory), link)
    expect(store().read(link)).toMatchObject({ kind: 'read', doubt: { why: `others may replace it in ${directory}` } })
  })

  it('is refused if it leads to a link that others may have planted', () => {
    const middle = join(sticky(), 'middle.pid')
    symlinkSync(pidfile('4711\n'), middle)
    const link = join(scratch(), 'link.pid')
    symlinkSync(middle, link)
    expect(store().read(link)).toMatchObject({ kind: 'refused', remedy: expect.stringContaining(middle) as string })
  })

  it('is unreadable if it leads to itself', () => {
    const link = join(scratch(), 'link.pid')
    symlinkSync(link, link)
    expect(store().read(link)).toMatchObject({ kind: 'unreadable' })
  })
})

describe('writing a pidfile', () => {
  it('is exact, in a new directory, whatever the umask', () => {
    const path = join(scratch(), 'run/app/x.pid')
    expect(withUmask(0o077, () => store().write(path, 4711)).ok).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('4711\n')
    expect([statSync(path).mode & 0o7777, statSync(join(path, '..')).mode & 0o7777]).toEqual([0o644, 0o755])
  })

  it('replaces a link that was planted and leaves its target alone', () => {
    const directory = sticky()
    const target = pidfile('precious')
    symlinkSync(target, join(directory, 'x.pid'))
    expect(store().write(join(directory, 'x.pid'), 4711).ok).toBe(true)
    expect(lstatSync(join(directory, 'x.pid')).isFile()).toBe(true)
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  it('fails with the place and the stage', () => {
    const path = join(pidfile('4711\n'), 'below.pid')
    expect(store().write(path, 1)).toMatchObject({ ok: false, error: { stage: 'preparing files' } })
  })
})

describe('removing a pidfile', () => {
  it('removes the file that was read', () => {
    const path = pidfile('4711\n')
    store().remove(path, store().read(path))
    expect(existsSync(path)).toBe(false)
  })

  it('removes the target of a link, and so the pidfile', () => {
    const path = pidfile('4711\n')
    const link = join(scratch(), 'link.pid')
    symlinkSync(path, link)
    store().remove(link, store().read(link))
    expect(store().read(link)).toEqual({ kind: 'absent' })
    expect(existsSync(path)).toBe(false)
  })

  it.each<[string, (path: string) => void]>([
    ['another PID was written into it', (path) => writeFileSync(path, '4712\n')],
    ['the same PID was written into it again', (path) => utimesSync(path, 1, 1)],
    [
      'another file took its place',
      (path) => {
        writeFileSync(`${path}.new`, readFileSync(path))
        const { atime, mtime } = statSync(path)
        utimesSync(`${path}.new`, atime, mtime)
        renameSync(`${path}.new`, path)
      },
    ],
  ])('leaves it alone when %s', (_, change) => {
    const path = pidfile('4711\n')
    const reading = store().read(path)
    change(path)
    store().remove(path, reading)
    expect(existsSync(path)).toBe(true)
  })

  it('minds neither a missing one nor one that was never read', () => {
    const path = pidfile('4711\n')
    store().remove(path, { kind: 'absent' })
    expect(readdirSync(join(path, '..'))).toEqual(['x.pid'])
    store().remove(join(scratch(), 'missing'), store().read(path))
  })
})

it('resolves when the pidfile appears', async () => {
  const path = join(scratch(), 'x.pid')
  const changed = store().changed(path, untilTestEnds())
  store().write(path, 4711)
  await changed
  expect(store().read(path)).toMatchObject({ content: { pid: 4711 } })
})

it('walks the directories of a thousand pidfiles once', () => {
  const directory = scratch()
  let walks = 0
  const facts = new FileFactsGatherer(() => {
    walks += 1
    return 0
  })
  const one = new DiskPidfileStore({ uid, pidMax: 32_768, facts })
  for (let index = 0; index < 1_000; index += 1)
    writeFileSync(join(directory, `${index}.pid`), '4711\n', { mode: 0o644 })
  for (let index = 0; index < 1_000; index += 1) one.read(join(directory, `${index}.pid`))
  // The clock is asked once a pidfile, and once more for the walk.
  expect(walks).toBe(1_000)
})

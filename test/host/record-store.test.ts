import { chmodSync, chownSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DaemonRecord } from '../../src/decide/record.ts'
import { DiskRecordStore } from '../../src/host/record-store.ts'
import { recordOf } from '../../src/host/record-shape.ts'
import { STRANGER, isRoot, rootOnly, scratch, uid, withUmask } from './scratch.ts'

const record: DaemonRecord = {
  version: 1,
  name: 'importer@3',
  pidfile: '/run/importer.pid',
  main: { bootId: '5e3f1c1a-0000-4000-8000-000000000000', pid: 4711, startTime: 123_456 },
  phase: 'running',
  executable: '/usr/bin/php8.2',
  uid: 33,
  session: { id: 4711, leaderStartTime: 123_456 },
  cgroup: '/sys/fs/cgroup/daemonctl/importer@3',
  token: 'abc',
  pidfileStamp: '2:3:4.5',
  definitionHash: 'f00d',
  at: 1_700_000_000_000.5,
}

const bare: DaemonRecord = {
  ...record,
  executable: undefined,
  session: undefined,
  cgroup: undefined,
  token: undefined,
  definitionHash: undefined,
}

function make() {
  const base = scratch()
  const warnings: string[] = []
  const store = new DiskRecordStore({
    runtimeDirectory: join(base, 'run'),
    stateDirectory: join(base, 'state'),
    uid,
    warn: (text) => warnings.push(text),
  })
  return { base, store, warnings, file: join(base, 'run/records/importer.json') }
}

describe('a record', () => {
  it.each([record, bare])('is read as it was written', (written) => {
    const { store } = make()
    expect(store.write('importer', written).ok).toBe(true)
    expect(store.read('importer')).toEqual({ kind: 'read', record: written })
  })

  it('is for others to read and for nobody else to write, whatever the umask', () => {
    const { store, file } = make()
    withUmask(0, () => store.write('importer', record))
    expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o644, isRoot ? 0o755 : 0o700])
  })

  it('is absent before it is written and after it was removed', () => {
    const { store } = make()
    expect(store.read('importer')).toEqual({ kind: 'absent' })
    store.write('importer', record)
    store.remove('importer')
    store.remove('importer')
    expect(store.read('importer')).toEqual({ kind: 'absent' })
  })
})

describe('a damaged record', () => {
  it.each<[string, unknown]>([
    ['not JSON', '{"version":1'],
    ['not an object', []],
    ['of another version', { ...record, version: 2 }],
    ['without a name', { ...record, name: undefined }],
    ['with a relative pidfile', { ...record, pidfile: 'x.pid' }],
    ['with the PID of init', { ...record, main: { ...record.main, pid: 1 } }],
    ['with a negative PID', { ...record, main: { ...record.main, pid: -4711 } }],
    ['with a PID in words', { ...record, main: { ...record.main, pid: '4711' } }],
    ['with a broken PID', { ...record, main: { ...record.main, pid: 47.11 } }],
    ['without a boot', { ...record, main: { ...record.main, bootId: '' } }],
    ['without a start time', { ...record, main: { ...record.main, startTime: null } }],
    ['in no known phase', { ...record, phase: 'dying' }],
    ['with a null', { ...record, executable: null }],
    ['with a wrong user', { ...record, uid: -1 }],
    ['with half a session', { ...record, session: { id: 4711 } }],
    ['with a relative cgroup', { ...record, cgroup: 'daemonctl' }],
    ['without a time', { ...record, at: 'now' }],
  ])('is %s', (_, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    expect(recordOf(text)).toMatchObject({ ok: false })
  })

  it('says what is wrong', () => {
    const { store, file } = make()
    store.write('importer', record)
    writeFileSync(file, JSON.stringify({ ...record, uid: 'root' }))
    expect(store.read('importer')).toEqual({ kind: 'damaged', why: 'its "uid" is missing or makes no sense' })
  })
})

describe('a record that somebody else may have written is damaged', () => {
  it('when everybody may write it', () => {
    const { store, file } = make()
    store.write('importer', record)
    chmodSync(file, 0o646)
    expect(store.read('importer')).toEqual({ kind: 'damaged', why: `everybody may write ${file}` })
  })

  it('when everybody may write its directory', () => {
    const { store, file } = make()
    store.write('importer', record)
    chmodSync(dirname(file), 0o777)
    expect(store.read('importer')).toEqual({ kind: 'damaged', why: `everybody may write ${dirname(file)}` })
  })

  it('when it is a symbolic link', () => {
    const { store, file } = make()
    store.write('importer', record)
    renameSync(file, `${file}.moved`)
    symlinkSync(`${file}.moved`, file)
    expect(store.read('importer')).toEqual({ kind: 'damaged', why: `${file} is a symbolic link` })
  })

  it('when it is a directory', () => {
    const { store, file } = make()
    mkdirSync(file, { recursive: true })
    expect(store.read('importer')).toMatchObject({ kind: 'damaged' })
  })

  it.skipIf(!isRoot)(rootOnly("when it is a stranger's"), () => {
    const { store, file } = make()
    store.write('importer', record)
    chownSync(file, STRANGER, STRANGER)
    expect(store.read('importer')).toEqual({ kind: 'damaged', why: `${file} belongs to uid ${STRANGER}` })
  })
})

describe('the last good definition', () => {
  it('is what was written last', () => {
    const { store, warnings } = make()
    expect(store.readLastGood('importer')).toBeUndefined()
    store.writeLastGood('importer', '{"a":1}')
    store.writeLastGood('importer', '{"a":2}')
    expect(store.readLastGood('importer')).toBe('{"a":2}')
    expect(warnings).toEqual([])
  })

  it('is not used, with a warning, if others may have written it', () => {
    const { base, store, warnings } = make()
    store.writeLastGood('importer', 'text')
    chmodSync(join(base, 'state/last-good/importer.json'), 0o666)
    expect(store.readLastGood('importer')).toBeUndefined()
    expect(warnings).toHaveLength(1)
  })

  it('that cannot be written is a warning', () => {
    const { base, store, warnings } = make()
    writeFileSync(join(base, 'state'), 'in the way')
    store.writeLastGood('importer', 'text')
    expect(warnings.join()).toContain('--rollback')
  })
})

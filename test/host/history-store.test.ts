import { appendFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { actorOf, actorOfPeer } from '../../src/host/actor.ts'
import { DiskHistoryStore } from '../../src/host/history-store.ts'
import type { Actor, HistoryEntry } from '../../src/host/host.ts'
import { scratch, uid, withUmask } from './scratch.ts'

const alice: Actor = { uid: 0, loginUid: 1000, user: 'alice', terminal: '/dev/pts/3', parent: 'bash (4711)' }

const entry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  version: 1,
  at: 1_700_000_000_000,
  name: 'importer',
  verb: 'start',
  result: 'done',
  pid: 4711,
  exit: undefined,
  outOfMemory: false,
  message: 'started',
  took: 12.5,
  by: alice,
  ...changes,
})

function make() {
  const base = scratch()
  const warnings: string[] = []
  const store = new DiskHistoryStore({
    stateDirectory: base,
    uid,
    warn: (text) => warnings.push(text),
    actor: () => alice,
  })
  return { base, store, warnings, file: join(base, 'history/importer.jsonl') }
}

describe('the history of a daemon', () => {
  it('is empty at first, then tells what happened in order', () => {
    const { store } = make()
    expect(store.read('importer')).toEqual([])
    const entries = [
      entry(),
      entry({ verb: 'stop', pid: undefined, exit: { kind: 'signal', signal: 'TERM' } }),
      entry({ verb: 'start', result: 'failed', exit: { kind: 'code', code: 3 }, outOfMemory: true }),
      entry({ verb: 'status', result: 'nothing', exit: { kind: 'unseen' } }),
    ]
    for (const one of entries) store.append('importer', one)
    expect(store.read('importer')).toEqual(entries)
  })

  it('begins a new line after one that a crash cut short', () => {
    const { store, file } = make()
    store.append('importer', entry({ verb: 'start' }))
    appendFileSync(file, '{"version":1,"at":17')
    store.append('importer', entry({ verb: 'stop' }))
    expect(store.read('importer').map(({ verb }) => verb)).toEqual(['start', 'stop'])
  })

  it('passes over lines that make no sense', () => {
    const { store, file } = make()
    store.append('importer', entry())
    appendFileSync(file, '\n\nnull\n[]\n"text"\n{"version":1}\n')
    appendFileSync(file, `${JSON.stringify(entry({ verb: 'later' }))}\n`.replace('"version":1', '"version":2'))
    appendFileSync(file, `${JSON.stringify({ ...entry(), exit: { kind: 'signal', signal: 'NONSENSE' } })}\n`)
    expect(store.read('importer')).toEqual([entry()])
  })

  it('keeps its newer half when it has grown large', () => {
    const { store, file } = make()
    for (let at = 1; at <= 400; at += 1) store.append('importer', entry({ at, message: 'x'.repeat(300) }))
    expect(statSync(file).size).toBeLessThan(64 * 1024)
    expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true)
    const kept = store.read('importer').map(({ at }) => at)
    expect(kept.length).toBeGreaterThan(50)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 401 - kept.length + index))
  })

  it('does not let one message push out all others', () => {
    const { store } = make()
    store.append('importer', entry({ verb: 'start' }))
    store.append('importer', entry({ verb: 'stop', message: 'x'.repeat(1_000_000) }))
    expect(store.read('importer').map(({ verb }) => verb)).toEqual(['start', 'stop'])
  })

  it('is for all to read and for nobody else to write', () => {
    const { store, file } = make()
    withUmask(0o077, () => store.append('importer', entry()))
    expect(statSync(file).mode & 0o777).toBe(0o644)
  })
})

describe('a history that cannot be kept', () => {
  it('is a warning, not the end of a verb', () => {
    const { base, store, warnings } = make()
    writeFileSync(join(base, 'history'), 'in the way')
    store.append('importer', entry())
    expect(warnings.join()).toContain('no history is kept')
  })

  it('is not written through a link', () => {
    const { store, file, base, warnings } = make()
    writeFileSync(join(base, 'precious'), 'precious')
    mkdirSync(dirname(file), { mode: 0o755 })
    symlinkSync(join(base, 'precious'), file)
    store.append('importer', entry())
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('precious')
    expect(warnings).toHaveLength(1)
  })
})

describe('who does it', () => {
  function proc(loginuid: string, fds: Readonly<Record<number, string>>) {
    const base = scratch()
    mkdirSync(join(base, 'self/fd'), { recursive: true })
    mkdirSync(join(base, '4711'))
    writeFileSync(join(base, 'self/loginuid'), loginuid)
    writeFileSync(join(base, '4711/comm'), 'my shell\n')
    for (const [fd, target] of Object.entries(fds)) symlinkSync(target, join(base, 'self/fd', fd))
    return { proc: base, parentPid: () => 4711 }
  }
  const users = { name: (id: number) => ({ 0: 'root', 1000: 'alice' })[id] }

  it('is whoever logged in, at which terminal, by which program', () => {
    const place = proc('1000', { 0: '/dev/null', 1: 'pipe:[1]', 2: '/dev/pts/3' })
    expect(actorOf(users, 0, place)()).toEqual({
      uid: 0,
      loginUid: 1000,
      user: 'alice',
      terminal: '/dev/pts/3',
      parent: 'my shell (4711)',
    })
  })

  it('is nobody in particular at boot', () => {
    expect(actorOf(users, 0, proc('4294967295', { 0: '/dev/null' }))()).toMatchObject({
      loginUid: undefined,
      user: 'root',
      terminal: undefined,
    })
  })

  it('is known by number alone where nothing else can be seen', () => {
    expect(actorOf(users, 5, { proc: join(scratch(), 'none'), parentPid: () => 1 })()).toEqual({
      uid: 5,
      loginUid: undefined,
      user: undefined,
      terminal: undefined,
      parent: undefined,
    })
  })

  it('is whoever runs the program that asked, while it lives', () => {
    const base = scratch()
    for (const name of ['900/fd', '800']) mkdirSync(join(base, name), { recursive: true })
    writeFileSync(join(base, '900/loginuid'), '1000')
    writeFileSync(join(base, '900/stat'), '900 (we) ird) name) S 800 900 900 0')
    writeFileSync(join(base, '800/comm'), 'bash\n')
    symlinkSync('/dev/pts/7', join(base, '900/fd/0'))
    expect(actorOfPeer(users, { pid: 900, uid }, base)).toEqual({
      uid,
      loginUid: 1000,
      user: 'alice',
      terminal: '/dev/pts/7',
      parent: 'bash (800)',
    })
    const by = { loginUid: undefined, terminal: undefined, parent: undefined }
    expect(actorOfPeer(users, { pid: 901, uid: 1000 }, base)).toEqual({ uid: 1000, user: 'alice', ...by })
    expect(actorOfPeer(users, { pid: 900, uid: uid + 1 }, base)).toMatchObject({ uid: uid + 1, ...by })
  })

  it('is ourselves, by the real /proc', () => {
    expect(actorOf({ name: () => 'me' }, uid)()).toMatchObject({ uid, user: 'me' })
  })
})

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Wish } from '../../src/host/host.ts'
import { DiskWishStore } from '../../src/host/wish-store.ts'
import { scratch, uid } from './scratch.ts'

const wish: Wish = {
  version: 1,
  want: 'down',
  paused: true,
  at: 1_700_000_000_000,
  by: { uid: 0, loginUid: 1000, user: 'alice', terminal: '/dev/pts/3', parent: 'bash (4711)' },
}

function make() {
  const base = scratch()
  const warnings: string[] = []
  const store = new DiskWishStore({ stateDirectory: base, uid, warn: (text) => warnings.push(text) })
  return { base, store, warnings }
}

it('is read as it was written, also by a later process', () => {
  const { base, store } = make()
  expect(store.read('importer')).toBeUndefined()
  expect(store.write('importer', wish).ok).toBe(true)
  expect(store.read('importer')).toEqual(wish)
  expect(new DiskWishStore({ stateDirectory: base, uid, warn: () => {} }).read('importer')).toEqual(wish)
})

it('of an older daemonctl does not pause anything', () => {
  const { base, store } = make()
  mkdirSync(join(base, 'wishes'), { mode: 0o755 })
  const { paused: _, ...older } = wish
  writeFileSync(join(base, 'wishes/importer.json'), JSON.stringify(older), { mode: 0o644 })
  expect(store.read('importer')).toEqual({ ...older, paused: false })
})

it('knows no more of who wished than could be found out', () => {
  const { store } = make()
  const by = { uid: 0, loginUid: undefined, user: undefined, terminal: undefined, parent: undefined }
  store.write('importer', { ...wish, by })
  expect(store.read('importer')).toEqual({ ...wish, by })
})

it.each([
  '',
  'null',
  '{"version":2}',
  JSON.stringify({ ...wish, want: 'sideways' }),
  JSON.stringify({ ...wish, paused: 'yes' }),
  JSON.stringify({ ...wish, by: {} }),
])('is not heeded, with a warning, when it reads %j', (text) => {
  const { base, store, warnings } = make()
  mkdirSync(join(base, 'wishes'), { mode: 0o755 })
  writeFileSync(join(base, 'wishes/importer.json'), text, { mode: 0o644 })
  expect(store.read('importer')).toBeUndefined()
  expect(warnings).toHaveLength(1)
})

it('is not heeded if everybody may write it', () => {
  const { base, store, warnings } = make()
  store.write('importer', wish)
  chmodSync(join(base, 'wishes/importer.json'), 0o666)
  expect(store.read('importer')).toBeUndefined()
  expect(warnings).toEqual([`a wish is not heeded: everybody may write ${base}/wishes/importer.json`])
})

it('that cannot be written fails the verb', () => {
  const { base, store } = make()
  writeFileSync(join(base, 'wishes'), 'in the way')
  expect(store.write('importer', wish)).toMatchObject({ ok: false, error: { stage: 'recording the wish' } })
})

import { chmodSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Scale } from '../../src/host/host.ts'
import { DiskScaleStore } from '../../src/host/scale-store.ts'
import { scratch, uid } from './scratch.ts'

const scale: Scale = {
  file: '/etc/daemonctl/web.toml',
  name: 'web',
  instances: 5,
  highest: 8,
  at: 1_700_000_000_000,
  by: { uid: 0, loginUid: undefined, user: 'alice', terminal: undefined, parent: undefined },
}

function make() {
  const warnings: string[] = []
  const store = new DiskScaleStore({ stateDirectory: scratch(), uid, warn: (text) => warnings.push(text) })
  return { store, warnings }
}

it('is read as it was written; the others stay as they are', () => {
  const { store } = make()
  expect(store.read()).toEqual([])
  const other = { ...scale, file: '/srv/two/daemonctl.toml', instances: 2 }
  for (const one of [scale, other, { ...scale, instances: 6 }]) expect(store.write(one).ok).toBe(true)
  expect(store.read()).toEqual([other, { ...scale, instances: 6 }])
  expect(store.forget(scale).ok).toBe(true)
  expect(store.read()).toEqual([other])
})

it('of what is not kept there is nothing to forget', () => {
  const { store } = make()
  expect(store.forget(scale).ok).toBe(true)
  expect(store.read()).toEqual([])
})

it.each(['', 'null', '{"version":2,"scales":[]}', '{"version":1}', ...[0, 1001, 1.5, '3'].map(withInstances)])(
  'is not heeded, with a warning, when it reads %j',
  (text) => {
    const { store, warnings } = make()
    writeFileSync(store.path, text, { mode: 0o644 })
    expect([store.read(), store.read()]).toEqual([[], []])
    expect(warnings).toHaveLength(1)
  },
)

it('is not heeded if everybody may write it', () => {
  const { store, warnings } = make()
  store.write(scale)
  chmodSync(store.path, 0o666)
  expect(store.read()).toEqual([])
  expect(warnings).toEqual([`what was scaled is not heeded: everybody may write ${store.path}`])
})

function withInstances(instances: unknown): string {
  return JSON.stringify({ version: 1, scales: [{ ...scale, instances }] })
}

import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileFactsGatherer } from '../../src/host/file-facts.ts'
import { scratch, uid } from './scratch.ts'

const paths = (places: readonly { path: string }[]): string[] => places.map((place) => place.path)

it('names every directory from the file up to the root', () => {
  const base = realpathSync(scratch())
  writeFileSync(join(base, 'file'), '', { mode: 0o640 })
  const facts = new FileFactsGatherer().gather(join(base, 'file'))
  expect(facts).toMatchObject({ isRegular: true, isSymlink: false, owner: uid })
  expect(facts.directories[0]).toMatchObject({ path: base, owner: uid })
  expect(facts.directories.at(-1)?.path).toBe('/')
})

it('of a link says where it lies and what its target is', () => {
  const base = scratch()
  writeFileSync(join(base, 'file'), '', { mode: 0o600 })
  symlinkSync('file', join(base, 'link'))
  expect(new FileFactsGatherer().gather(join(base, 'link'))).toMatchObject({
    path: join(base, 'link'),
    isRegular: true,
    isSymlink: true,
    mode: 0o600,
  })
})

it('of a directory reached through a link says both ways', () => {
  const base = realpathSync(scratch())
  mkdirSync(join(base, 'one/real'), { recursive: true })
  mkdirSync(join(base, 'two'))
  symlinkSync('../one/real', join(base, 'two/link'))
  const found = paths(new FileFactsGatherer().directories(join(base, 'two/link')))
  expect(found).toEqual(
    expect.arrayContaining([join(base, 'two/link'), join(base, 'two'), join(base, 'one/real'), join(base, 'one'), '/']),
  )
  expect(new Set(found).size).toBe(found.length)
})

it('looks at the directories once a second, not once a file', () => {
  const base = scratch()
  writeFileSync(join(base, 'a'), '')
  writeFileSync(join(base, 'b'), '')
  let now = 0
  const facts = new FileFactsGatherer(() => now)
  const first = facts.gather(join(base, 'a')).directories
  expect(facts.gather(join(base, 'b')).directories).toBe(first)
  now = 1_000
  expect(facts.gather(join(base, 'b')).directories).not.toBe(first)
})

it('throws the system error for what is not there', () => {
  expect(() => new FileFactsGatherer().gather(join(scratch(), 'missing'))).toThrow(/ENOENT/)
})

import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookUntil, pathChanged } from '../../src/host/path-watch.ts'
import { scratch, untilTestEnds, withoutRights } from './scratch.ts'

/** So late that the test would time out before: only an event can resolve it. */
const NEVER = 600_000

describe('a watched path', () => {
  it('is told of when it is made', async () => {
    const path = join(scratch(), 'file')
    const changed = pathChanged(path, untilTestEnds(), NEVER)
    writeFileSync(path, '1')
    await changed
  })

  it('is told of when it is written', async () => {
    const path = join(scratch(), 'file')
    writeFileSync(path, '1')
    const changed = pathChanged(path, untilTestEnds(), NEVER)
    writeFileSync(path, '2')
    await changed
  })

  it('is told of when something takes its place', async () => {
    const directory = scratch()
    writeFileSync(join(directory, 'file'), '1')
    const changed = pathChanged(join(directory, 'file'), untilTestEnds(), NEVER)
    writeFileSync(join(directory, 'other'), '2')
    renameSync(join(directory, 'other'), join(directory, 'file'))
    await changed
  })

  it('is told of when it is removed', async () => {
    const path = join(scratch(), 'file')
    writeFileSync(path, '1')
    const changed = pathChanged(path, untilTestEnds(), NEVER)
    rmSync(path)
    await changed
  })

  it('is told of when a directory that leads to it is made', async () => {
    const base = scratch()
    const changed = pathChanged(join(base, 'a/b/file'), untilTestEnds(), NEVER)
    mkdirSync(join(base, 'a'))
    await changed
  })

  it('is told of when its directory is removed', async () => {
    const base = scratch()
    mkdirSync(join(base, 'a'))
    const changed = pathChanged(join(base, 'a/file'), untilTestEnds(), NEVER)
    rmSync(join(base, 'a'), { recursive: true })
    await changed
  })

  it('is told of when the target of a link is written', async () => {
    const base = scratch()
    mkdirSync(join(base, 'elsewhere'))
    symlinkSync('elsewhere/file', join(base, 'link'))
    const changed = pathChanged(join(base, 'link'), untilTestEnds(), NEVER)
    writeFileSync(join(base, 'elsewhere/file'), '1')
    await changed
  })

  it('is not told of for its neighbours', async () => {
    const base = scratch()
    const signal = untilTestEnds()
    let told = false
    const changed = pathChanged(join(base, 'file'), signal, NEVER).then(() => (told = true))
    const neighbour = pathChanged(join(base, 'neighbour'), signal, NEVER)
    writeFileSync(join(base, 'neighbour'), '')
    await neighbour
    expect(told).toBe(false)
    writeFileSync(join(base, 'file'), '')
    await changed
  })

  it('ends at once when aborted, before or meanwhile', async () => {
    const controller = new AbortController()
    const changed = pathChanged(join(scratch(), 'file'), controller.signal, NEVER)
    controller.abort()
    await changed
    await pathChanged(join(scratch(), 'file'), controller.signal, NEVER)
  })

  it('is looked at in turns where the kernel cannot watch', async () => {
    const directory = scratch()
    chmodSync(directory, 0)
    await withoutRights(() => pathChanged(join(directory, 'file'), untilTestEnds(), NEVER))
    chmodSync(directory, 0o755)
  })
})

describe('looking until it is worth it', () => {
  it('looks again after each change', async () => {
    const path = join(scratch(), 'file')
    let looks = 0
    const look = (): boolean => {
      looks += 1
      if (looks < 3) writeFileSync(path, String(looks))
      return looks === 3
    }
    expect(await lookUntil(look, path, untilTestEnds(), NEVER)).toBe(true)
  })

  it('gives up when aborted', async () => {
    const controller = new AbortController()
    const found = lookUntil(() => false, join(scratch(), 'file'), controller.signal, NEVER)
    controller.abort()
    expect(await found).toBe(false)
  })
})

import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeAtomically } from '../../src/host/atomic-file.ts'
import { scratch, withoutRights } from './scratch.ts'

const how = { mode: 0o644, stage: 'writing the record' } as const

describe('writing a file atomically', () => {
  it('replaces the text and leaves nothing else behind', () => {
    const directory = scratch()
    const path = join(directory, 'file')
    writeFileSync(path, 'old')
    expect(writeAtomically(path, 'new', how)).toEqual({ ok: true, value: undefined })
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readdirSync(directory)).toEqual(['file'])
  })

  it.each([0o644, 0o600, 0o666])('gives exactly the mode %o', (mode) => {
    const path = join(scratch(), 'file')
    expect(writeAtomically(path, 'text', { ...how, mode }).ok).toBe(true)
    expect(statSync(path).mode & 0o7777).toBe(mode)
  })

  it('replaces a symbolic link and leaves its target alone', () => {
    const directory = scratch()
    const target = join(directory, 'target')
    writeFileSync(target, 'precious')
    symlinkSync(target, join(directory, 'link'))
    expect(writeAtomically(join(directory, 'link'), 'new', how).ok).toBe(true)
    expect(readFileSync(target, 'utf8')).toBe('precious')
    expect(readFileSync(join(directory, 'link'), 'utf8')).toBe('new')
  })

  it('says what it cannot write and why, and tidies up', () => {
    const directory = scratch()
    mkdirSync(join(directory, 'busy'))
    const written = writeAtomically(join(directory, 'busy'), 'text', how)
    expect(written).toMatchObject({ ok: false, error: { stage: 'writing the record' } })
    if (!written.ok) expect(written.error.message).toContain(`cannot write ${directory}/busy: `)
    expect(readdirSync(directory)).toEqual(['busy'])
  })

  it('names the permission that is missing', () => {
    const directory = scratch()
    chmodSync(directory, 0o555)
    const written = withoutRights(() => writeAtomically(join(directory, 'file'), 'text', how))
    expect(written).toMatchObject({ ok: false, error: { reason: 'not-permitted' } })
    if (!written.ok) expect(written.error.message).toContain('permission denied')
  })
})

import { mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rootPlace, type Place } from '../../src/host/place.ts'
import { scratch } from './scratch.ts'

const enterAll = (from: Place, path: string): Place =>
  path
    .split('/')
    .filter(Boolean)
    .reduce((place, name) => place.enter(name, 'real'), from)

describe.each(['linux', 'other'])('a directory held on a system of the kind "%s"', (platform) => {
  it('is walked to by real names only, unless a link is wanted', () => {
    const base = realpathSync(scratch())
    mkdirSync(join(base, 'real'))
    symlinkSync('real', join(base, 'link'))
    const place = enterAll(rootPlace(platform), base)
    expect(place.enter('real', 'real').facts().ino).toBe(statSync(join(base, 'real')).ino)
    expect(() => place.enter('link', 'real')).toThrow(/ENOTDIR/)
    expect(place.enter('link', 'linked').facts().ino).toBe(statSync(join(base, 'real')).ino)
    expect(place.look('link').isSymbolicLink()).toBe(true)
    expect(() => place.enter('missing', 'real')).toThrow(/ENOENT/)
    place.close()
  })

  it('gives access to its files and to its own mode', () => {
    const base = realpathSync(scratch())
    const place = enterAll(rootPlace(platform), base)
    writeFileSync(place.at('file'), '')
    place.permit(0o750)
    expect(statSync(join(base, 'file')).isFile()).toBe(true)
    expect(place.facts().mode & 0o777).toBe(0o750)
    place.close()
  })
})

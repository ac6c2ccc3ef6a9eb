import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileSource } from '../../src/boot/source.ts'

const HASH = '0123456789abcdef'
const TEXT = `// ${HASH}\n${'part '.repeat(100)}`
let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'daemonctl-source-'))
  path = join(directory, 'parts.cjs')
  writeFileSync(path, TEXT)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('the hash of a file of parts is its first line', () => {
  const { build, text } = fileSource(path)
  expect([build, text(), text()]).toEqual([HASH, TEXT, TEXT])
  writeFileSync(path, 'something else')
  expect(fileSource(path).build).toBeUndefined()
})

test('where another version is installed meanwhile, it is still the one that was begun with', () => {
  const source = fileSource(path)
  writeFileSync(`${path}.new`, 'another one')
  renameSync(`${path}.new`, path)
  expect(source.text()).toBe(TEXT)
})

test('a file that is written over is refused', () => {
  const source = fileSource(path)
  writeFileSync(path, `// ${HASH.replace('0', 'f')}\n`)
  expect(() => source.text()).toThrow('was changed while it ran')
})

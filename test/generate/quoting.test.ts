import * as fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { shellWords } from '../../src/generate/quote/shell.ts'
import { execWord, settingWord, wholeLine, wholeLinePath } from '../../src/generate/quote/systemd.ts'

const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))

test('a shell gives back every word', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${shellWords(words)}`])
      // Lone halves of surrogate pairs are no text, and no argument of a program.
      const wanted = words.map((word) => Buffer.from(word).toString())
      expect(stdout.toString().split('\0').slice(0, -1)).toEqual(wanted)
    }),
    { numRuns: 40 },
  )
})

describe('words of systemd', () => {
  test.each([
    ['plain', 'plain'],
    ['/usr/bin/x', '/usr/bin/x'],
    ['', '""'],
    ['a b', '"a b"'],
    ['%n', '"%%n"'],
    ['$HOME', '"$$HOME"'],
    ['\\x41', '"\\\\x41"'],
    ['two\nlines', '"two\\nlines"'],
    [';', '";"'],
    ['\u0001', '"\\x01"'],
  ])('%j is %s', (word, quoted) => {
    expect(execWord(word)).toBe(quoted)
  })
  test('variables are expanded in commands only', () => {
    expect(settingWord('A=$HOME')).toBe('"A=$HOME"')
  })
  test('a word is one line', () => {
    fc.assert(fc.property(text, (word) => !/[\n\r]/.test(execWord(word) + settingWord(word))))
  })
})

describe('what is taken as it stands', () => {
  test.each([[' /a'], ['/a '], ['/a\nb'], ['/a\\'], ['/a\tb']])('%j cannot be', (path) => {
    expect(wholeLine(path)).toBeUndefined()
  })
  test('specifiers and patterns are taken for themselves', () => {
    expect(wholeLine('/100%/x y')).toBe('/100%%/x y')
    expect(wholeLinePath('/a*[b]?')).toBe('/a\\*\\[b\\]\\?')
  })
})

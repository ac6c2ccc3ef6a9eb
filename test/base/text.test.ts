import { describe, expect, test } from 'vitest'
import { nearest, printable } from '../../src/base/text.ts'

describe('printable', () => {
  test.each([
    ['plain ünïcode 漢字 🎉\ttab', 'plain ünïcode 漢字 🎉\ttab'],
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['bell\u0007 del\u007f c1\u009b', 'bell\\x07 del\\x7f c1\\x9b'],
    ['over\u202ewrite\u2066', 'over\\u202ewrite\\u2066'],
    ['two\nlines\r', 'two\\x0alines\\x0d'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test('keeps line ends where lines are wanted', () => {
    expect(printable('a\nb\u001b', { lines: true })).toBe('a\nb\\x1b')
  })
})

describe('nearest', () => {
  const words = ['schedule', 'command', 'timeout', 'kill-mode']

  test.each([
    ['schedul', 'schedule'],
    ['shcedule', 'schedule'],
    ['comand', 'command'],
    ['killmode', 'kill-mode'],
    ['banana', undefined],
    ['', undefined],
  ])('of %j is %j', (typed, word) => {
    expect(nearest(typed, words)).toBe(word)
  })

  test('of words as near as each other is the first', () => {
    expect(nearest('ab', ['ax', 'ay'])).toBe('ax')
  })
})

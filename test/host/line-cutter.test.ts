import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineCutter } from '../../src/host/line-cutter.ts'

const LONGEST = 8

/** What comes of bytes that arrive in these pieces; `pauseAt`: after so many lines, until everything has arrived. */
function cut(pieces: readonly Buffer[], pauseAt = Infinity): readonly string[] {
  const seen: string[] = []
  const note = (what: string): void => {
    seen.push(what)
    if (seen.length === pauseAt) cutter.pause()
  }
  const cutter = new LineCutter(LONGEST, { line: note, tooLong: () => note('(too long)') })
  for (const piece of pieces) cutter.push(piece)
  if (cutter.paused) {
    expect(seen).toHaveLength(pauseAt)
    cutter.resume()
  }
  return seen
}

it.each([
  ['', []],
  ['half', []],
  ['a\nb\n', ['a', 'b']],
  ['\n\n', ['', '']],
  ['12345678\n', ['12345678']],
  ['123456789\na\n', ['(too long)', 'a']],
  ['123456789', ['(too long)']],
  ['å\r\n', ['å\r']],
  ['\0\u0001\n', ['\0\u0001']],
])('%j is %j', (text, lines) => {
  expect(cut([Buffer.from(text)])).toEqual(lines)
})

it('gives the same lines however the bytes arrive, and whenever it is paused', () => {
  const byte = fc.constantFrom(10, 10, 97, 98, 0xc3, 0xa5, 0xff)
  fc.assert(
    fc.property(fc.array(fc.array(byte, { maxLength: 12 })), fc.nat(6), (pieces, pauseAt) => {
      const bytes = pieces.map((piece) => Buffer.from(piece))
      const whole = cut([Buffer.concat(bytes)])
      expect(cut(bytes)).toEqual(whole)
      expect(cut(bytes, pauseAt + 1)).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

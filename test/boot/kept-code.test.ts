import { expect, test } from 'vitest'
import { keptFrom, keptOf } from '../../src/boot/kept-code.ts'

const isPart = (name: string): boolean => name.startsWith('./')
const NOTHING = { names: [], code: undefined }

test('what is kept is read again', () => {
  const code = Buffer.from([1, 0, 10, 2])
  expect(keptFrom(keptOf(['./a.js', './b.js'], code), isPart)).toEqual({ names: ['./a.js', './b.js'], code })
  expect(keptFrom(keptOf(['./a.js']), isPart)).toEqual({ names: ['./a.js'], code: undefined })
})

test('nothing is kept in what is not understood', () => {
  expect(keptFrom(undefined, isPart)).toEqual(NOTHING)
  expect(keptFrom(Buffer.from(''), isPart)).toEqual(NOTHING)
  expect(keptFrom(Buffer.from('./a.js'), isPart)).toEqual(NOTHING)
  expect(keptFrom(Buffer.from('\0code'), isPart)).toEqual(NOTHING)
  expect(keptFrom(keptOf(['./a.js', 'of another program'], Buffer.from('code')), isPart)).toEqual(NOTHING)
})

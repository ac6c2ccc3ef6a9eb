import { expect, test } from 'vitest'
import { keptFrom, keptOf } from '../../src/boot/kept-code.ts'

const NOTHING = { names: [], compiled: undefined }
const compiled = { text: '({"./a.js":(function(){}),})', code: Buffer.from([1, 0, 10, 2]) }

test('what is kept is read again', () => {
  expect(keptFrom(keptOf(['./a.js', './b.js'], compiled))).toEqual({ names: ['./a.js', './b.js'], compiled })
  expect(keptFrom(keptOf(['./a.js']))).toEqual({ names: ['./a.js'], compiled: undefined })
})

test('nothing is kept in what is not understood', () => {
  expect(keptFrom(undefined)).toEqual(NOTHING)
  expect(keptFrom(Buffer.from(''))).toEqual(NOTHING)
  expect(keptFrom(Buffer.from('./a.js'))).toEqual(NOTHING)
  expect(keptFrom(Buffer.from('\0code'))).toEqual(NOTHING)
  for (const length of ['', '-1', '0', '1e9', 'code', '4'])
    expect(keptFrom(Buffer.from(`./a.js\0${length}\0code`))).toEqual(NOTHING)
  expect(keptFrom(Buffer.from('./a.js\0without an end'))).toEqual(NOTHING)
  expect(keptFrom(keptOf(['./a.js'], compiled).subarray(0, 30))).toEqual(NOTHING)
})

import { expect, test } from 'vitest'
import { formatSize, parseSize } from '../../src/base/size.ts'

test.each([
  ['64 MiB', 67_108_864],
  ['10M', 10_485_760],
  ['10mb', 10_000_000],
  ['1.5 GB', 1_500_000_000],
  ['1 TiB', 1024 ** 4],
  ['512', 512],
  ['512 B', 512],
  [4096, 4096],
  [0, 0],
])('%j is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toEqual({ ok: true, value: bytes })
})

test.each(['', 'big', '5 X', '-5', '5 MiB or so', 1.5, -1, Number.NaN])('%j is no size', (text) => {
  expect(parseSize(text).ok).toBe(false)
})

test.each([
  [812, '812 B'],
  [1024, '1 KiB'],
  [22_439_526, '21.4 MiB'],
  [1024 ** 5, '1024 TiB'],
])('%d bytes are told as %j', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text)
})

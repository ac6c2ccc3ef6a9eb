import { expect, it } from 'vitest'
import { readOnlyPages } from '../../src/host/memory-trim.ts'

const mapping = (first: string, anonymous: number): string =>
  `${first}\nSize:  1 kB\nAnonymous:  ${anonymous} kB\nVmFlags: rd mr`

it('only pages of files that nobody has written to are forgotten', () => {
  const smaps = [
    mapping('00400000-00c00000 r--p 00000000 08:01 1234   /usr/bin/node', 0),
    mapping('00c00000-02000000 r-xp 00800000 08:01 1234   /usr/bin/node', 0),
    // Relocated at the beginning: what is there now is in no file.
    mapping('02000000-02100000 r--p 01c00000 08:01 1234   /usr/bin/node', 64),
    mapping('02100000-02200000 rw-p 01d00000 08:01 1234   /usr/bin/node', 0),
    mapping('7f0000000000-7f0000100000 r--s 00000000 08:01 77   /var/cache/shared', 0),
    mapping('7f0000200000-7f0000300000 r--p 00000000 00:00 0', 0),
    mapping('7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0   [vdso]', 0),
  ].join('\n')
  expect(readOnlyPages(smaps)).toEqual([
    { start: 0x400000n, length: 0x800000 },
    { start: 0xc00000n, length: 0x1400000 },
  ])
})

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { scenario } from './rig.ts'

const DAMAGES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'is empty': () => Buffer.alloc(0),
  'is cut off': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 3)),
  'ends in zeros': (bytes) => Buffer.from(bytes).fill(0, Math.floor(bytes.length / 3)),
  'is all zeros': (bytes) => Buffer.alloc(bytes.length),
  'has other bits': (bytes) => Buffer.from(bytes.map((byte, index) => (index % 5000 === 4999 ? byte ^ 0x55 : byte))),
}

scenario('what is kept between runs may be damaged: that costs time only', { seconds: 120 }, async (rig) => {
  rig.define('d', { command: ['/bin/sleep', '1000'] })
  const cache = rig.path('cache-of-its-own')
  const env = { DAEMONCTL_CACHE_DIR: cache }
  const seen = async (): Promise<object> => {
    const { status, stdout, stderr } = await rig.daemonctl(['status', 'd'], { env })
    return { status, stdout, stderr }
  }
  const right = await seen()
  expect(right).toMatchObject({ status: 3, stderr: '' })
  for (const _ of ['compiles in one piece', 'runs what was compiled']) expect(await seen()).toEqual(right)
  const files = readdirSync(cache).map((name) => ({ path: join(cache, name), bytes: readFileSync(join(cache, name)) }))
  expect(Math.max(...files.map(({ bytes }) => bytes.length))).toBeGreaterThan(100_000)
  for (const [what, damaged] of Object.entries(DAMAGES)) {
    for (const { path, bytes } of files) writeFileSync(path, damaged(bytes))
    expect({ what, ...(await seen()) }).toEqual({ what, ...right })
    expect({ what, ...(await seen()) }).toEqual({ what, ...right })
  }
})

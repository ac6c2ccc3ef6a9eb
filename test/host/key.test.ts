import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { daemonKey } from '../../src/host/key.ts'

const RUN = '/run/daemonctl'

describe('the key of a daemon', () => {
  it.each([
    ['/run/daemonctl/myapp.pid', 'myapp'],
    ['/run/daemonctl/importer@3.pid', 'importer@3'],
    ['/run/daemonctl//./myapp.pid', 'myapp'],
    ['/run/sshd.pid', '~-run-sshd.pid'],
    ['/run/daemonctl/sub/myapp.pid', '~-run-daemonctl-sub-myapp.pid'],
    ['/run/daemonctl/.pid', '~-run-daemonctl-.pid'],
    ['/run/daemonctl/myapp.lock', '~-run-daemonctl-myapp.lock'],
    ['/run/daemonctl/~x.pid', '~-run-daemonctl-~x7ex.pid'],
    ['/srv/my-app/ü.pid', '~-srv-my~x2dapp-~xc3~xbc.pid'],
  ])('of %s is %s', (pidfile, key) => {
    expect(daemonKey(pidfile, RUN)).toBe(key)
  })

  it('of a long path keeps its end', () => {
    const key = daemonKey(`/${'long/'.repeat(60)}myapp.pid`, RUN)
    expect(key).toMatch(/^~.*-myapp\.pid~[0-9a-f]{32}$/)
    expect(key.length).toBeLessThanOrEqual(180)
  })
})

/** Paths as the kernel sees them, of characters that are likely to be confused. */
const path = fc
  .array(
    fc.string({
      unit: fc.constantFrom('a', '7', '-', '~', 'x', '2', 'd', '.', ':', '@', ' ', '\\', 'é', '\n'),
      minLength: 1,
      maxLength: 60,
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .filter((names) => names.every((name) => name !== '.' && name !== '..'))
  .map((names) => `/${names.join('/')}`)

const anyPath = fc.oneof(
  path,
  path.map((text) => `${RUN}${text}`),
  path.map((text) => `${RUN}${text}.pid`),
)

it('is another for every other path, and always a file name', () => {
  fc.assert(
    fc.property(anyPath, anyPath, (one, other) => {
      const [a, b] = [daemonKey(one, RUN), daemonKey(other, RUN)]
      expect(a === b).toBe(one === other)
      expect(a).toMatch(/^[A-Za-z0-9~][A-Za-z0-9_.:@~-]*$/)
      expect(Buffer.byteLength(a)).toBeLessThanOrEqual(180)
    }),
    { numRuns: 2_000 },
  )
})

it('tells apart what differs in one place only', () => {
  fc.assert(
    fc.property(anyPath, fc.nat(), fc.constantFrom('a', '-', '~', 'x2d', '~x2d', '.'), (one, where, piece) => {
      const at = 1 + (where % one.length)
      const other = `${one.slice(0, at)}${piece}${one.slice(at)}`
      fc.pre(!/\/\.?(\/|$)/.test(other))
      expect(daemonKey(other, RUN)).not.toBe(daemonKey(one, RUN))
    }),
    { numRuns: 2_000 },
  )
})

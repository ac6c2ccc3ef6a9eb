import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ok } from '../../src/base/result.ts'
import type { LogFiles } from '../../src/host/log-files.ts'
import { viewLog } from '../../src/logs/log-view.ts'
import { rotateIfDue } from '../../src/logs/rotate.ts'
import { givenLog, lines } from './given.ts'

const FORCE = { force: true, lockWithin: 10_000 }

class Killed extends Error {}

/** The same files, but for some of what is done to them. */
const otherwise = (files: LogFiles, changed: Partial<LogFiles>): LogFiles =>
  new Proxy(files, {
    get(target, name) {
      const method: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name, target)
      return typeof method === 'function'
        ? (...args: unknown[]): unknown => Reflect.apply(method, target, args)
        : method
    },
  })

test('a daemon that writes much while its log is copied does not wait for that at the cut', async () => {
  const given = givenLog()
  const shell = 'head -c 65536 /dev/zero >"$0" && fallocate -c -o 0 -l 4096 "$0"'
  if (spawnSync('sh', ['-c', shell, join(given.directory, 'probe')]).status !== 0) return
  given.append(lines(0, 1_000))
  let written = 1_000
  const portions: number[] = []
  const { files } = given
  const logs = otherwise(files, {
    async copyHead(path: string, bytes: number, more?: 'more') {
      portions.push(bytes)
      const copied = await files.copyHead(path, bytes, more)
      // Half as much as before, again and again.
      const next = written + Math.floor(40_000 / 2 ** portions.length)
      given.append(lines(written, next))
      written = next
      return copied
    },
  })
  const [rotation] = await rotateIfDue({ ...given.host, logs }, given.subject({ compress: 'none' }), FORCE)
  expect(rotation).toMatchObject({ result: 'rotated', method: 'collapse', warnings: [], bytes: portions.at(-1) })
  expect(portions.length).toBeGreaterThan(1)
  const live = files.live(given.path)
  expect(live.ok && (live.value?.size ?? Infinity)).toBeLessThan(1024 * 1024 + 4096)
  expect(await given.everything()).toBe(lines(0, written))
})

test('a copy that becomes an archive while somebody looks is not taken for a rotation that was taken back', async () => {
  const given = givenLog()
  given.append(lines(0, 300))
  const { files, path } = given
  const killed = otherwise(files, {
    promoteCopy() {
      throw new Killed()
    },
  })
  const rotating = rotateIfDue({ ...given.host, logs: killed }, given.subject(), FORCE)
  await expect(rotating).rejects.toThrow(Killed)
  const state = files.state(path)
  const at = state?.pending?.at ?? 0
  let looks = 0
  const logs = otherwise(files, {
    archives(log: string) {
      const before = files.archives(log)
      looks += 1
      if (looks === 1) {
        expect(files.promoteCopy(path, { number: state?.next ?? 0, at, compression: 'none' })).toEqual(ok(undefined))
      }
      return before
    },
  })
  const view = await viewLog({ ...given.host, logs }, path, 0)
  const pieces = view.ok ? view.value.pieces.map(({ number, file }) => [number, file === 'live']) : []
  expect(pieces).toEqual([
    [1, false],
    [2, true],
  ])
})

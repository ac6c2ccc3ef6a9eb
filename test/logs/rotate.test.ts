import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
  readdirSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Host } from '../../src/host/host.ts'
import type { LogFiles } from '../../src/host/log-files.ts'
import { rotateIfDue } from '../../src/logs/rotate.ts'
import { givenLog, lines, uid, ZSTD, type Given } from './given.ts'

const FORCE = { force: true, lockWithin: 10_000 }

/** Whether the file system of a place can cut the head out of a file. */
function canCollapse(place: string): boolean {
  const probe = join(place, `daemonctl-probe-${process.pid}`)
  const shell = `head -c 65536 /dev/zero >"$0" && fallocate -c -o 0 -l 4096 "$0" 2>/dev/null; s=$?; rm -f "$0"; exit $s`
  return spawnSync('sh', ['-c', shell, probe]).status === 0
}

const COLLAPSES = canCollapse('/tmp')
const OTHER = existsSync('/dev/shm') ? '/dev/shm' : undefined

describe('what is due', () => {
  test('a log that is neither large nor old is left alone', async () => {
    const given = givenLog()
    given.append(lines(0, 100))
    const [rotation] = await rotateIfDue(given.host, given.subject({ maxSize: 1_000_000 }))
    expect(rotation).toMatchObject({ result: 'nothing', why: 'it is neither large nor old enough' })
    expect(readdirSync(join(given.directory, 'log'))).toEqual(['d.log'])
  })

  test('a log that is not there is no failure', async () => {
    const given = givenLog()
    const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
    expect(rotation).toMatchObject({ result: 'nothing', why: 'there is no log yet' })
  })

  test('a large log is rotated, and what it held is in archive and log', async () => {
    const given = givenLog()
    given.append(lines(0, 1000))
    const [rotation] = await rotateIfDue(given.host, given.subject({ maxSize: 50_000 }))
    expect(rotation).toMatchObject({ result: 'rotated', number: 1, failure: undefined })
    expect(statSync(given.path).size).toBeLessThan(50_000)
    expect(await given.everything()).toBe(lines(0, 1000))
  })

  test('an old log is rotated; after that it is young', async () => {
    const given = givenLog()
    given.append(lines(0, 1000))
    const later: Host = { ...given.host, clock: { ...given.host.clock, now: () => Date.now() + 3_600_000 } }
    const subject = given.subject({ maxAge: 1_800_000 })
    expect((await rotateIfDue(given.host, subject))[0]).toMatchObject({ result: 'nothing' })
    expect((await rotateIfDue(later, subject))[0]).toMatchObject({ result: 'rotated' })
    given.append(lines(1000, 2000))
    expect((await rotateIfDue(later, subject))[0]).toMatchObject({ result: 'nothing' })
    // The clock is set back by an hour: once, and then no more.
    expect((await rotateIfDue(given.host, subject))[0]).toMatchObject({ result: 'rotated' })
    expect((await rotateIfDue(given.host, subject))[0]).toMatchObject({ result: 'nothing' })
    expect(await given.everything()).toBe(lines(0, 2000))
  })
})

describe.each(['none', 'gzip', ZSTD] as const)('archives, compress = %s', (compress) => {
  test('all of them in order, with the mode of the log', async () => {
    const given = givenLog()
    given.append('')
    chmodSync(given.path, 0o640)
    for (let round = 0; round < 4; round += 1) {
      given.append(lines(round * 500, (round + 1) * 500))
      const [rotation] = await rotateIfDue(given.host, given.subject({ compress }), FORCE)
      expect(rotation).toMatchObject({ result: 'rotated', failure: undefined, number: round + 1 })
    }
    const archives = given.files.archives(given.path)
    expect(archives.ok && archives.value.map(({ compression }) => compression)).toEqual(Array(4).fill(compress))
    for (const name of readdirSync(join(given.directory, 'log')).filter((name) => name.startsWith('d.log.'))) {
      expect(lstatSync(join(given.directory, 'log', name)).mode & 0o777).toBe(0o640)
    }
    expect(await given.everything()).toBe(lines(0, 2000))
  })
})

test('the clock jumps back and forth: archives stay in their order, and so does what they hold', async () => {
  const given = givenLog()
  const HOUR = 3_600_000
  for (const [round, jump] of [0, 24 * HOUR, -24 * HOUR, HOUR, -1000 * HOUR].entries()) {
    given.append(lines(round * 100, (round + 1) * 100))
    const now: Host = { ...given.host, clock: { ...given.host.clock, now: () => Date.now() + jump } }
    const [rotation] = await rotateIfDue(now, given.subject({ keep: 100, maxAge: 60_000 }), FORCE)
    expect(rotation).toMatchObject({ result: 'rotated', number: round + 1 })
  }
  expect(await given.everything()).toBe(lines(0, 500))
  const archives = given.files.archives(given.path)
  const names = archives.ok ? archives.value.map(({ path }) => path) : []
  expect(names).toHaveLength(5)
  expect(names.toSorted()).toEqual(names)
})

test('keep and max-total: the oldest go', async () => {
  const given = givenLog()
  for (let round = 0; round < 6; round += 1) {
    given.append(lines(round * 500, (round + 1) * 500))
    await rotateIfDue(given.host, given.subject({ compress: 'none', keep: 3 }), FORCE)
  }
  const numbers = (): unknown => {
    const archives = given.files.archives(given.path)
    return archives.ok && archives.value.map(({ number }) => number)
  }
  expect(numbers()).toEqual([4, 5, 6])
  given.append(lines(0, 500))
  await rotateIfDue(given.host, given.subject({ compress: 'none', keep: 3, maxTotal: 110_000 }), FORCE)
  expect(numbers()).toEqual([6, 7])
})

test('two at once: one does it, the other finds nothing left to do', async () => {
  const given = givenLog()
  given.append(lines(0, 5000))
  const subject = given.subject({ maxSize: 100_000 })
  const all = await Promise.all(
    Array.from({ length: 4 }, () => rotateIfDue(given.host, subject, { force: false, lockWithin: 20_000 })),
  )
  expect(all.flat().filter(({ result }) => result === 'rotated')).toHaveLength(1)
  expect(all.flat().filter(({ result }) => result === 'failed')).toEqual([])
  expect(await given.everything()).toBe(lines(0, 5000))
})

describe('in a directory where others may write', () => {
  const shared = (): Given => {
    const given = givenLog()
    chmodSync(join(given.directory, 'log'), 0o777)
    return given
  }

  test('a symbolic link in the place of the log is refused', async () => {
    const given = shared()
    const victim = join(given.directory, 'victim')
    writeFileSync(victim, lines(0, 1000))
    symlinkSync(victim, given.path)
    const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
    expect(rotation).toMatchObject({ result: 'failed', failure: { message: expect.stringContaining('symbolic link') } })
    expect(readFileSync(victim, 'latin1')).toBe(lines(0, 1000))
  })

  test.each(['.d.log.rotating', '.d.log.compressing', '.d.log.rotation'])(
    'a link planted as %s is not followed',
    async (name) => {
      const given = shared()
      const victim = join(given.directory, 'victim')
      writeFileSync(victim, 'precious\n')
      given.append(lines(0, 1000))
      symlinkSync(victim, join(given.directory, 'log', name))
      const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
      expect(rotation).toMatchObject({ result: 'rotated' })
      expect(readFileSync(victim, 'latin1')).toBe('precious\n')
      expect(await given.everything()).toBe(lines(0, 1000))
    },
  )

  test('a second name of another file is refused', async () => {
    const given = shared()
    const victim = join(given.directory, 'victim')
    writeFileSync(victim, lines(0, 1000))
    spawnSync('ln', [victim, given.path])
    const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
    expect(rotation).toMatchObject({ result: 'failed' })
    expect(readFileSync(victim, 'latin1')).toBe(lines(0, 1000))
  })
})

test('the link of an administrator leads to the log', async () => {
  const given = givenLog()
  mkdirSync(join(given.directory, 'elsewhere'))
  const real = join(given.directory, 'elsewhere', 'real.log')
  writeFileSync(real, lines(0, 1000))
  symlinkSync(real, given.path)
  const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
  expect(rotation).toMatchObject({ result: 'rotated' })
  expect(lstatSync(given.path).isSymbolicLink()).toBe(true)
  expect(readdirSync(join(given.directory, 'elsewhere')).filter((name) => name.startsWith('real.log.'))).toHaveLength(1)
})

class Killed extends Error {}

const EFFECTS = [
  'writeState',
  'copyHead',
  'settleTail',
  'settleArchive',
  'collapse',
  'truncate',
  'promoteCopy',
  'discardCopy',
  'moveAside',
  'remake',
  'compress',
  'removeArchive',
] as const

/** Unwinds at an effect, as kill -9 would; `meanwhile` is what the daemon does between effects. */
function faulty(
  files: LogFiles,
  at: number,
  when: 'before' | 'after',
  meanwhile: () => void,
): { files: LogFiles; count: () => number } {
  let effects = 0
  const wrapped = new Proxy(files, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target)
      if (typeof method !== 'function') return method
      const call = (...args: unknown[]): unknown => Reflect.apply(method, target, args)
      if (!EFFECTS.some((effect) => effect === name)) return call
      return (...args: unknown[]) => {
        effects += 1
        meanwhile()
        if (effects === at && when === 'before') throw new Killed()
        const result = call(...args)
        const after = (value: unknown): unknown => {
          meanwhile()
          if (effects === at && when === 'after') throw new Killed()
          return value
        }
        return result instanceof Promise ? result.then(after) : after(result)
      }
    },
  })
  return { files: wrapped, count: () => effects }
}

const places = [
  ...(COLLAPSES ? [{ title: 'where heads can be cut out', place: '/tmp', capture: false }] : []),
  ...(OTHER === undefined ? [] : [{ title: 'where they cannot', place: OTHER, capture: false }]),
  { title: 'by renaming', place: '/tmp', capture: true },
]

describe.each(places)('killed at any moment, $title', { timeout: 120_000 }, ({ place, capture }) => {
  const settings = { keep: 10, compress: 'gzip', capture } as const

  test.each(['before', 'after'] as const)(
    '%s each effect: the next rotation goes on, and every line is there once',
    async (when) => {
      for (let at = 1; ; at += 1) {
        const given = givenLog(place)
        let written = 300
        given.append(lines(0, written))
        // Each line at another place of its block, and each a different one.
        const meanwhile = (): void => {
          // Who never rests may lose lines where the log is truncated, and is warned: this one rests in time.
          if (!existsSync(given.path) || written >= 300 + 3 * 120) return
          given.append(lines(written, written + 3))
          written += 3
        }
        const { files, count } = faulty(given.files, at, when, meanwhile)
        const subject = given.subject(settings)
        await rotateIfDue({ ...given.host, logs: files }, subject, FORCE).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error
        })
        if (count() < at) break
        const [next] = await rotateIfDue(given.host, subject, FORCE)
        expect([at, next?.failure]).toEqual([at, undefined])
        given.append(lines(written, written + 100))
        await rotateIfDue(given.host, subject, FORCE)
        expect([at, await given.everything()]).toEqual([at, lines(0, written + 100)])
        const left = readdirSync(join(given.directory, 'log')).filter((name) => name.startsWith('.'))
        expect([at, left]).toEqual([at, ['.d.log.rotation']])
      }
    },
  )

  test('a log that repeats one line for ever', async () => {
    if (!capture && spawnSync('filefrag', ['-V']).error !== undefined) return
    for (const when of ['after'] as const) {
      for (let at = 1; ; at += 1) {
        const given = givenLog(place)
        given.append('y\n'.repeat(20_000))
        const { files, count } = faulty(given.files, at, when, () => {})
        await rotateIfDue({ ...given.host, logs: files }, given.subject(settings), FORCE).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error
        })
        if (count() < at) break
        if (!existsSync(given.path)) writeFileSync(given.path, '')
        // A truncated log that grows to its old size with the same lines cannot be told from one that was not.
        given.append('y\n'.repeat(place === OTHER ? 10_000 : 30_000))
        await rotateIfDue(given.host, given.subject(settings), FORCE)
        const total = (await given.everything()).length
        expect([when, at, total]).toEqual([when, at, place === OTHER ? 60_000 : 100_000])
      }
    }
  })
})

test('without CAP_DAC_OVERRIDE nothing breaks: a directory that may not be written is a failure with a reason', async () => {
  if (uid === 0) return
  const given = givenLog()
  given.append(lines(0, 1000))
  chmodSync(join(given.directory, 'log'), 0o555)
  const [rotation] = await rotateIfDue(given.host, given.subject(), FORCE)
  chmodSync(join(given.directory, 'log'), 0o755)
  expect(rotation).toMatchObject({ result: 'failed', failure: { reason: 'not-permitted' } })
})

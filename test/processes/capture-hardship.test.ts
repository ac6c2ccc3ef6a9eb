import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { canCollapse, FAULTLESS, faultsIn, filesOf } from './log-lines.ts'
import { kill, runHelper, scenario, type Fields, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** Logs where the world does not go along. */

const keepers = (rig: Rig) => rig.copies('daemonctl-capture')
const readers = (rig: Rig) => rig.copies('run.js capture ').filter(({ pid }) => comm(rig, pid) !== 'sh')
const comm = (rig: Rig, pid: number): string => rig.read(`/proc/${pid}/comm`).trim()
const nobodyReads = (rig: Rig): Promise<void> => rig.until('nobody reads any more', () => keepers(rig).length === 0, 30)

/** A daemon that writes numbered lines until it has written so many, or until `stop`. */
function defineWriter(
  rig: Rig,
  lines: number,
  bytes: number,
  nap: number,
  log: Fields,
): { end(): Promise<number>; stop(): Promise<number> } {
  const [stop, end] = [rig.path('stop'), rig.path('end')]
  rig.define('d', { command: rig.fixture('writes-numbered-lines.pl', lines, bytes, nap, stop, end), log })
  const ended = async (): Promise<number> => {
    await rig.until('the last line is written', () => existsSync(end), 60)
    return Number(rig.read(end))
  }
  return {
    end: ended,
    stop() {
      rig.write(stop, '')
      return ended()
    },
  }
}

/** Mounts something, and takes it away when the scenario is over. */
async function mounted(rig: Rig, words: readonly string[], at: string, body: () => Promise<void>): Promise<void> {
  mkdirSync(at, { recursive: true })
  runHelper(['mount', ...words, at], rig.directory)
  try {
    await body()
  } finally {
    runHelper(['umount', '--lazy', at], rig.directory)
  }
}

const ROOT = { root: true, needs: ['mount', 'umount'], seconds: 90 }

scenario('lines longer than the bound, binary bytes, a last line without an end: nothing is lost', async (rig) => {
  const long = 'x'.repeat(300_000)
  const bytes = Buffer.concat([
    Buffer.from('short\n'),
    Buffer.from(`${long}\n`),
    Buffer.from([0, 1, 0xff, 0xfe, 0x80, 0x0d, 0x0a]),
    Buffer.from('\n\nno end'),
  ])
  const file = rig.write(rig.path('input'), bytes)
  const command = ['/bin/sh', '-c', `cat ${file}; exec sleep 1000`]
  rig.define('plain', { command, log: { capture: true } })
  rig.define('dropping', { command, log: { capture: true, overflow: 'drop' } })
  rig.define('json', { command, log: { format: 'json' } })
  for (const name of ['plain', 'dropping', 'json']) {
    const { status, stderr } = await rig.daemonctl(['start', name])
    expect([status, stderr]).toEqual([0, ''])
  }
  const raw = (name: string): Buffer => readFileSync(rig.path('log', `${name}.log`))
  for (const name of ['plain', 'dropping']) {
    await rig.until(
      'all of it is there',
      () => existsSync(rig.path('log', `${name}.log`)) && raw(name).length >= bytes.length,
    )
    expect(raw(name).equals(bytes)).toBe(true)
  }
  await rig.until('the part of a line is written', () => rig.log('json').includes('no end'))
  interface Line {
    readonly line: string
    readonly partial?: boolean
    readonly base64?: string
  }
  const lines = rig
    .log('json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  // A long line comes in parts, of which the last has the end.
  const again = lines.map(({ line, base64, partial }) =>
    Buffer.concat([
      base64 === undefined ? Buffer.from(line) : Buffer.from(base64, 'base64'),
      Buffer.from(partial === true ? '' : '\n'),
    ]),
  )
  expect(Buffer.concat(again).equals(bytes)).toBe(true)
  expect(lines.filter(({ partial }) => partial === true).length).toBeGreaterThan(1)
  await rig.daemonctl(['stop', '--all'])
  await nobodyReads(rig)
})

scenario('a full disk: the daemon waits, and when there is room nothing is missing', ROOT, async (rig) => {
  const place = rig.path('small')
  await mounted(rig, ['-t', 'tmpfs', '-o', 'size=256k', 'none'], place, async () => {
    const ballast = rig.write(join(place, 'ballast'), Buffer.alloc(128 * 1024))
    const log = join(place, 'd.log')
    const writer = defineWriter(rig, 3_000, 1, 0, { stdout: log, capture: true })
    const own = rig.path('own.log')
    await rig.daemonctl(['start', 'd'], { env: { DAEMONCTL_LOG: `warn ${own}` } })
    await rig.until('the disk is full', () =>
      rig.read(own).includes('d: what it writes cannot be written down: no space'),
    )
    const [reader] = readers(rig)
    expect(reader).toBeDefined()
    // Also if the one who waits for room is killed meanwhile.
    if (reader !== undefined) kill(reader, 'SIGKILL')
    await rig.until('another one reads', () => readers(rig).some(({ pid }) => pid !== reader?.pid))
    rmSync(ballast)
    const lines = await writer.end()
    await rig.daemonctl(['stop', 'd'])
    await nobodyReads(rig)
    expect(await faultsIn([log], lines)).toEqual(FAULTLESS)
  })
})

scenario('a full disk, overflow = "drop": the daemon goes on, and the log says what is missing', ROOT, async (rig) => {
  const place = rig.path('small')
  await mounted(rig, ['-t', 'tmpfs', '-o', 'size=8m', 'none'], place, async () => {
    const ballast = rig.write(join(place, 'ballast'), Buffer.alloc(7 * 1024 * 1024 + 900_000))
    const log = join(place, 'd.log')
    const own = rig.path('own.log')
    const writer = defineWriter(rig, 60_000, 1, 0, { stdout: log, overflow: 'drop', capture: true, buffer: '512 KiB' })
    await rig.daemonctl(['start', 'd'], { env: { DAEMONCTL_LOG: `warn ${own}` } })
    // It writes ten times what there is room for, and is not held up.
    const lines = await writer.end()
    rmSync(ballast)
    await rig.daemonctl(['stop', 'd'])
    await nobodyReads(rig)
    const text = readFileSync(log, 'latin1')
    const told = [...text.matchAll(/^daemonctl: (\d+) lines? \((\d+) bytes\) could not be written in time/gm)]
    expect(told.length).toBeGreaterThan(0)
    const kept = text.split('\n').filter((line) => /^\d{9} x*$/.test(line))
    const missing = told.reduce((sum, [, count]) => sum + Number(count), 0)
    expect(kept.length + missing).toBe(lines)
    expect(text.split('\n').length - 1).toBe(kept.length + told.length)
    expect(rig.read(own)).toMatch(/warn: d: what it writes cannot be written down: no space left/)
    expect(rig.read(own)).toMatch(/warn: d: \d+ lines \(\d+ bytes\) could not be written in time/)
  })
})

scenario(
  'a directory that becomes read-only: the daemon waits; one that is read-only is a failure',
  ROOT,
  async (rig) => {
    const place = rig.path('other')
    await mounted(rig, ['-t', 'tmpfs', 'none'], place, async () => {
      const remount = (how: string): void => void runHelper(['mount', '-o', `remount,${how}`, place], rig.directory)
      const log = join(place, 'd.log')
      // Whoever has a file open for writing keeps it from becoming read-only: it must not be there yet.
      remount('ro')
      rig.define('d', { command: rig.fixture('obedient.pl'), log: { stdout: log } })
      const direct = await rig.daemonctl(['start', 'd'])
      expect([direct.status, direct.stderr]).toEqual([1, expect.stringMatching(/read-only file system/)])
      const writer = defineWriter(rig, 2_000, 1, 0, { stdout: log, capture: true })
      await rig.daemonctl(['start', 'd'])
      await rig.until('a keeper is there', () => keepers(rig).length === 1)
      remount('rw')
      const lines = await writer.end()
      await rig.daemonctl(['stop', 'd'])
      await nobodyReads(rig)
      expect(await faultsIn([log], lines)).toEqual(FAULTLESS)
    })
  },
)

scenario('a log that is removed or replaced is made anew; one that was put aside is kept', async (rig) => {
  const say = rig.path('say')
  const command = [
    '/bin/sh',
    '-c',
    `n=0; while :; do n=$((n + 1)); while [ ! -e ${say}.$n ]; do sleep 0.02; done; echo line $n; done`,
  ]
  rig.define('d', { command, log: { capture: true } })
  await rig.daemonctl(['start', 'd'])
  const log = rig.path('log', 'd.log')
  let number = 0
  const speak = async (): Promise<void> => {
    number += 1
    rig.write(`${say}.${number}`, '')
    await rig.until(`line ${number} is there`, () => rig.log('d').includes(`line ${number}\n`))
  }
  await speak()
  rmSync(log)
  await rig.until('there is a log again', () => existsSync(log))
  await speak()
  expect(rig.log('d')).toBe('line 2\n')
  renameSync(log, `${log}.old`)
  rig.write(log, 'of somebody else\n')
  const other = statSync(log).ino
  await rig.until('it is open again', () => openOf(rig).includes(other))
  await speak()
  expect([rig.log('d'), rig.read(`${log}.old`)]).toEqual(['of somebody else\nline 3\n', 'line 2\n'])
  // logrotate's copytruncate.
  rig.write(log, '')
  await speak()
  expect(rig.log('d')).toBe('line 4\n')
  await rig.daemonctl(['stop', 'd'])
})

/** The inodes that the reader has open. */
const openOf = (rig: Rig): readonly number[] =>
  readers(rig).flatMap(({ pid }) =>
    readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })?.ino ?? [],
    ),
  )

scenario('a link that somebody plants in the place of a log is not followed', { root: true }, async (rig) => {
  const place = rig.path('shared')
  mkdirSync(place)
  runHelper(['chmod', '1777', place], rig.directory)
  const [log, victim] = [join(place, 'd.log'), rig.write(rig.path('victim'), 'precious\n')]
  const writer = defineWriter(rig, 3_000_000, 1, 50, { stdout: log, capture: true })
  await rig.daemonctl(['start', 'd'])
  await rig.until('something is written', () => existsSync(log) && statSync(log).size > 0)
  renameSync(log, `${log}.mine`)
  symlinkSync(victim, log)
  // Until the link is gone the daemon waits.
  await rig.until(
    'the old log is not written to any more',
    () => !openOf(rig).includes(statSync(`${log}.mine`).ino) || keptStill(`${log}.mine`),
  )
  rmSync(log)
  const lines = await writer.stop()
  await rig.daemonctl(['stop', 'd'])
  await nobodyReads(rig)
  expect(rig.read(victim)).toBe('precious\n')
  expect(await faultsIn(existsSync(log) ? [`${log}.mine`, log] : [`${log}.mine`], lines)).toEqual(FAULTLESS)
})

const sizes = new Map<string, number>()
function keptStill(path: string): boolean {
  const [before, now] = [sizes.get(path), statSync(path).size]
  sizes.set(path, now)
  return before === now
}

scenario(
  'captured under a watcher, rotated by it, by its reader and by others at once',
  { seconds: 120 },
  async (rig) => {
    const writer = defineWriter(rig, 3_000_000, 1, 30, { capture: true, 'max-size': '64 KiB', keep: 10_000 })
    let watcher = await watch(rig)
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all([1, 2, 3].map(() => rig.daemonctl(['rotate', 'd', '--force', '-q'])))
      expect(all.map(({ status, stderr }) => `${status}${stderr}`)).toEqual(['0', '0', '0'])
      await watcher.end('SIGKILL')
      for (const reader of readers(rig)) kill(reader, 'SIGKILL')
      watcher = await watch(rig)
    }
    const lines = await writer.stop()
    expect((await rig.daemonctl(['stop', 'd'])).status).toBe(0)
    await nobodyReads(rig)
    await watcher.end()
    expect(await faultsIn(filesOf(rig, 'd'), lines)).toEqual(FAULTLESS)
  },
)

scenario(
  'ext4, where heads of files can be cut out: rotated without a loss',
  { ...ROOT, needs: ['mkfs.ext4', 'losetup', 'fallocate', 'mount', 'umount'] },
  async (rig) => {
    const [image, place] = [rig.path('image'), rig.path('ext4')]
    runHelper(['sh', '-c', `truncate -s 64M ${image} && mkfs.ext4 -q ${image}`], rig.directory)
    try {
      await mounted(rig, ['-o', 'loop', image], place, () => rotatedOn(rig, place))
    } catch (error) {
      // No loop devices in this container.
      if (!String(error).includes('mount')) throw error
      console.warn('skipped: no file system can be mounted from a file here; the one of the scratch place is used')
      if (canCollapse(rig)) await rotatedOn(rig, rig.path('log'))
    }
  },
)

async function rotatedOn(rig: Rig, place: string): Promise<void> {
  const writer = defineWriter(rig, 3_000_000, 1, 20, { stdout: join(place, 'd.log'), keep: 1_000 })
  expect((await rig.daemonctl(['start', 'd'])).status).toBe(0)
  for (let round = 0; round < 4; round += 1) {
    const size = statSync(join(place, 'd.log')).size
    await rig.until('more is written', () => statSync(join(place, 'd.log')).size > size + 8_192)
    const { status, stdout, stderr } = await rig.daemonctl(['rotate', 'd', '--force'])
    expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('by collapse'), ''])
  }
  const lines = await writer.stop()
  expect(await faultsIn(filesOf(rig, 'd', place), lines)).toEqual(FAULTLESS)
  await rig.daemonctl(['stop', 'd'])
}

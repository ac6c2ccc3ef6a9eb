import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { canCollapse } from './log-lines.ts'
import { scenario, seeded, SOAK, type Fields, type Rig } from './rig.ts'

const ROUNDS = SOAK ? 150 : 8

/** What writes-numbered-lines.pl writes. */
function* written(lines: number): Generator<string> {
  for (let number = 0; number < lines; number += 1) {
    yield `${String(number).padStart(9, '0')} ${'x'.repeat((number * 7) % 80)}\n`
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function digestOfAll(lines: number): string {
  const hash = createHash('sha256')
  let batch = ''
  for (const line of written(lines)) {
    batch += line
    if (batch.length > 1_000_000) {
      hash.update(batch)
      batch = ''
    }
  }
  return hash.update(batch).digest('hex')
}

/** How the numbers are that a text is made of: for a failure to say more than "not equal". */
function faultsOf(text: string, lines: number): unknown {
  const numbers = text
    .split('\n')
    .slice(0, -1)
    .map((line) => (/^\d{9} x*$/.test(line) ? Number(line.slice(0, 9)) : -1))
  const known = new Set(numbers)
  return {
    lost: lines - [...known].filter((number) => number >= 0).length,
    doubled: numbers.length - known.size,
    malformed: numbers.filter((number) => number < 0).length,
    disordered: numbers.some((number, index) => index > 0 && number < (numbers[index - 1] ?? 0)),
  }
}

const FAULTLESS = { lost: 0, doubled: 0, malformed: 0, disordered: false }

function archivesOf(rig: Rig, name: string): readonly string[] {
  return readdirSync(rig.path('log'))
    .filter((file) => file.startsWith(`${name}.log.2`))
    .toSorted()
}

/** Archives and log put together without our help, as zcat and cat would. */
function concatenated(rig: Rig, name: string): string {
  const parts = archivesOf(rig, name).map((file) => {
    const bytes = readFileSync(rig.path('log', file))
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
  })
  return parts.join('') + rig.read(rig.path('log', `${name}.log`))
}

/** `logs -n all -f` of a daemon, which ends with the scenario. */
function follow(rig: Rig, name: string): { all(): string; end(): string } {
  const child = spawn(process.execPath, [rig.program(), 'logs', name, '-n', 'all', '-f'], {
    env: { PATH: process.env['PATH'] ?? '', ...rig.surroundings() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: string[] = []
  child.stdout.setEncoding('latin1').on('data', (text: string) => chunks.push(text))
  return { all: () => chunks.join(''), end: () => chunks.slice(-3).join('') }
}

/** A daemon that writes until it is told to stop. */
function defineWriter(rig: Rig, lines: number, bytes: number, nap: number, log: Fields): { stop(): Promise<number> } {
  const [stop, end] = [rig.path('stop'), rig.path('end')]
  rig.define('d', { command: rig.fixture('writes-numbered-lines.pl', lines, bytes, nap, stop, end), log })
  return {
    async stop() {
      rig.write(stop, '')
      await rig.until('the last line is written', () => existsSync(end), 60)
      return Number(rig.read(end))
    },
  }
}

for (const [title, bytes] of [
  ['one line a write', 1],
  ['64 KiB a write', 65_536],
] as const) {
  scenario(
    `${title}, rotators killed with -9 at random, one reader that follows: no line lost, none twice`,
    { needs: ['fallocate'], seconds: SOAK ? 7_200 : 240 },
    async (rig) => {
      if (!canCollapse(rig)) return console.warn('skipped: heads of files cannot be cut out here')
      const chance = seeded(bytes)
      const compress = bytes === 1 ? 'gzip' : 'none'
      const writer = defineWriter(rig, SOAK ? 20_000_000 : 3_000_000, bytes, SOAK ? 5 : 60, { keep: 100_000, compress })
      await rig.daemonctl(['start', 'd'])
      const follower = follow(rig, 'd')
      // Killed at any part of the time that a rotation takes here, and now and then not at all.
      const { took } = await rig.daemonctl(['rotate', 'd', '--force'])
      for (let round = 0; round < ROUNDS; round += 1) {
        const { child, outcome } = rig.begin(['rotate', 'd', '--force', '-q'])
        const fuse = setTimeout(() => child.kill('SIGKILL'), took * (0.3 + chance(1300) / 1000))
        const { stderr } = await outcome
        clearTimeout(fuse)
        expect(stderr).toBe('')
      }
      const lines = await writer.stop()
      const last = await rig.daemonctl(['rotate', 'd', '--force'])
      expect([last.status, last.stderr]).toEqual([0, ''])
      const text = concatenated(rig, 'd')
      expect(faultsOf(text, lines)).toEqual(FAULTLESS)
      expect(digestOf(text)).toBe(digestOfAll(lines))
      const all = await rig.daemonctl(['logs', 'd', '-n', 'all'])
      expect(digestOf(all.stdout)).toBe(digestOfAll(lines))
      const lastLine = String(lines - 1).padStart(9, '0')
      await rig.until('the follower has the last line', () => follower.end().includes(lastLine), 30)
      expect(faultsOf(follower.all(), lines)).toEqual(FAULTLESS)
    },
  )
}

scenario('many rotations at once are one', { needs: ['fallocate'], seconds: 120 }, async (rig) => {
  const writer = defineWriter(rig, 20_000, 1, 0, { 'max-size': '100 KiB', keep: 100 })
  await rig.daemonctl(['start', 'd'])
  const lines = await writer.stop()
  const all = await Promise.all(Array.from({ length: 6 }, () => rig.daemonctl(['rotate', 'd', '--json'])))
  expect(all.map(({ status }) => status)).toEqual(Array(6).fill(0))
  expect(archivesOf(rig, 'd')).toHaveLength(1)
  expect(faultsOf(concatenated(rig, 'd'), lines)).toEqual(FAULTLESS)
})

/** A directory on a file system where no head can be cut out of a file, for the time of a test. */
async function onTmpfs(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync('/dev/shm/dctl-test-')
  try {
    await body(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const expectNumbered = (text: string, lines: number): void => {
  const wrong = text
    .split('\n')
    .slice(0, -1)
    .findIndex((line, index) => Number(line) !== index)
  expect([wrong, text.split('\n').length - 1]).toEqual([-1, lines])
}

scenario('on tmpfs a daemon that can open its log again loses nothing', { seconds: 120 }, async (rig) => {
  await onTmpfs(async (directory) => {
    const [log, stop, end] = [join(directory, 'd.log'), rig.path('stop'), rig.path('end')]
    const settings = { stdout: log, 'reopen-signal': 'USR1', keep: 100 }
    rig.define('d', { command: rig.fixture('reopens-its-log.pl', log, stop, end), log: settings })
    await rig.daemonctl(['start', 'd'])
    for (let round = 0; round < 4; round += 1) {
      await rig.until('something is written', () => existsSync(log) && readFileSync(log).length > 0)
      const { status, stdout, stderr } = await rig.daemonctl(['rotate', 'd', '--force'])
      expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('by rename'), ''])
    }
    rig.write(stop, '')
    await rig.until('the last line is written', () => existsSync(end))
    const all = await rig.daemonctl(['logs', 'd', '-n', 'all'])
    expectNumbered(all.stdout, Number(rig.read(end)))
    await rig.daemonctl(['stop', 'd'])
  })
})

scenario(
  'on tmpfs a signal that the daemon would die of is not sent; its log is truncated, with a warning',
  { seconds: 120 },
  async (rig) => {
    await onTmpfs(async (directory) => {
      const log = { stdout: join(directory, 'd.log'), 'reopen-signal': 'USR2' }
      rig.define('d', {
        command: ['/bin/sh', '-c', 'i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; exec sleep 1000'],
        log,
      })
      await rig.daemonctl(['start', 'd'])
      await rig.until('all is written', () => readFileSync(log.stdout, 'latin1').endsWith('1999\n'))
      const rotated = await rig.daemonctl(['rotate', 'd', '--force'])
      expect(rotated.stdout).toContain('by truncate')
      expect(rotated.stderr).toContain('does not handle USR2')
      expect(rotated.stderr).toContain('lines that were written in between are lost')
      expect((await rig.status('d')).condition).toBe('running')
      expectNumbered((await rig.daemonctl(['logs', 'd', '-n', 'all'])).stdout, 2000)
      await rig.daemonctl(['stop', 'd'])
    })
  },
)

scenario('no room for a copy: the rotation fails, and the log is as it was', { needs: ['prlimit'] }, async (rig) => {
  rig.define('d', { command: ['/bin/true'] })
  const text = 'a line of the log\n'.repeat(20_000)
  rig.write(rig.path('log', 'd.log'), text)
  const limited = spawnSync(
    'prlimit',
    ['--fsize=100000:100000', process.execPath, rig.program(), 'rotate', 'd', '--force'],
    {
      env: { PATH: process.env['PATH'] ?? '', ...rig.surroundings(), DAEMONCTL_CACHE_DIR: rig.path('cache') },
      encoding: 'utf8',
    },
  )
  expect([limited.status, limited.stderr]).toEqual([1, expect.stringContaining('cannot copy')])
  expect(rig.log('d')).toBe(text)
  expect(archivesOf(rig, 'd')).toEqual([])
  const { status } = await rig.daemonctl(['rotate', 'd', '--force'])
  expect([status, concatenated(rig, 'd')]).toEqual([0, text])
})

scenario(
  'logs on a terminal obey nothing that a daemon writes; in a pipe they are as they are',
  { needs: ['script'] },
  async (rig) => {
    rig.define('d', { command: ['/bin/true'] })
    rig.define('e', { command: ['/bin/true'] })
    const nasty = Buffer.from('\u001b]0;owned\u0007red\u001b[31m \u202etxet \xff\xfe ok\n', 'latin1')
    rig.write(rig.path('log', 'd.log'), nasty)
    rig.write(rig.path('log', 'e.log'), 'calm\n')
    const shown = await rig.daemonctl(['logs', 'd'], { terminal: true, env: { NO_COLOR: '1' } })
    expect(shown.stdout).toContain('\\x1b]0;owned\\x07red\\x1b[31m')
    expect(shown.stdout).toContain('\\xff\\xfe ok')
    expect(shown.stdout).not.toContain('\u001b')
    const { stdout } = await rig.daemonctl(['logs', 'd', 'e', '--json'])
    const told = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(told).toMatchObject([
      { version: 1, name: 'd', base64: nasty.subarray(0, -1).toString('base64') },
      { name: 'e', line: 'calm' },
    ])
    const both = await rig.daemonctl(['logs', 'd', 'e'])
    expect(both.stdout).toMatch(/^d \| .*\ne \| calm\n$/s)
    for (const [words, message] of [
      [['logs', 'd', '-n', 'many'], 'neither a number nor "all"'],
      [['logs', 'd', '--since', 'soon'], 'is no time'],
      [['logs', 'd', '--grep', '('], 'Invalid regular expression'],
    ] as const) {
      const wrong = await rig.daemonctl(words)
      expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining(message)])
    }
  },
)

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { kill, scenario, seeded, SOAK, type Fields, type Rig } from './rig.ts'

const KILLS = SOAK ? 100 : 8

const readers = (rig: Rig) => rig.copies('run.js capture ').filter(({ pid }) => !isShell(rig, pid))
const keepers = (rig: Rig) => rig.copies('daemonctl-capture')
const isShell = (rig: Rig, pid: number): boolean => rig.read(`/proc/${pid}/comm`).trim() === 'sh'

function everything(rig: Rig, name: string): string {
  const archives = readdirSync(rig.path('log'))
    .filter((file) => file.startsWith(`${name}.log.2`))
    .toSorted()
    .map((file) => readFileSync(rig.path('log', file)))
    .map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1'))
  return archives.join('') + rig.log(name)
}

function defineWriter(rig: Rig, log: Fields, lines = 3_000_000, bytes = 1): { stop(): Promise<number> } {
  const [stop, end] = [rig.path('stop'), rig.path('end')]
  const command = rig.fixture('writes-numbered-lines.pl', lines, bytes, 20, stop, end)
  rig.define('d', { command, log: { capture: true, ...log } })
  return {
    async stop() {
      rig.write(stop, '')
      await rig.until('the last line is written', () => existsSync(end), 60)
      return Number(rig.read(end))
    },
  }
}

function expectAllLines(text: string, lines: number): void {
  const numbers = text.split('\n').slice(0, -1)
  const wrong = numbers.findIndex((line, index) => !line.startsWith(`${String(index).padStart(9, '0')} `))
  expect([wrong, numbers[wrong], numbers.length]).toEqual([-1, undefined, lines])
}

scenario(
  'readers of a captured daemon killed with -9 at random, its log rotated: no line lost, none twice',
  { seconds: SOAK ? 1_800 : 240 },
  async (rig) => {
    const chance = seeded(5)
    const writer = defineWriter(rig, { 'max-size': '1 MiB', keep: 1_000 })
    const started = await rig.daemonctl(['start', 'd'])
    expect([started.status, started.stderr]).toEqual([0, ''])
    for (let round = 0; round < KILLS; round += 1) {
      const size = rig.log('d').length
      await rig.until('a reader writes', () => readers(rig).length === 1 && rig.log('d').length !== size, 30)
      await new Promise((resolve) => setTimeout(resolve, chance(150)))
      for (const reader of readers(rig)) kill(reader, 'SIGKILL')
    }
    const lines = await writer.stop()
    await rig.daemonctl(['stop', 'd'])
    await rig.until('everything is read', () => keepers(rig).length === 0, 30)
    expectAllLines(everything(rig, 'd'), lines)
    expect(readdirSync(rig.path('log')).length).toBeGreaterThan(2)
  },
)

scenario('a daemon that ends while nobody reads: what it wrote last is kept', async (rig) => {
  const writer = defineWriter(rig, {}, 500, 100)
  await rig.daemonctl(['start', 'd'])
  await rig.until('it has a reader', () => readers(rig).length === 1)
  for (const reader of readers(rig)) kill(reader, 'SIGKILL')
  const lines = await writer.stop()
  await rig.daemonctl(['stop', 'd'])
  await rig.until('everything is read', () => keepers(rig).length === 0, 30)
  expectAllLines(rig.log('d'), lines)
})

scenario('a restart goes on in the same log, and nobody reads twice', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), log: { capture: true, format: 'timestamps' } })
  await rig.daemonctl(['start', 'd'])
  await rig.until('it is ready', () => rig.log('d').includes('ready'))
  for (let round = 0; round < 3; round += 1) expect((await rig.daemonctl(['restart', 'd'])).status).toBe(0)
  const count = (word: string): number => rig.log('d').split(`Z ${word}\n`).length - 1
  await rig.until('all of them have written', () => count('ready') === 4 && count('TERM') === 3)
  await rig.until('one reader is left', () => readers(rig).length === 1)
  expect(rig.log('d')).toMatch(/^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:ready|TERM)\n)+$/)
  await rig.daemonctl(['stop', 'd'])
  await rig.until('nobody reads any more', () => keepers(rig).length === 0)
  expect(count('TERM')).toBe(4)
})

scenario('stdout and stderr apart, as JSON, and a program that opens /dev/stderr', async (rig) => {
  const script = 'echo out; echo "ERROR: bad" >/dev/stderr; printf "no end"; exec sleep 1000'
  rig.define('d', {
    command: ['/bin/sh', '-c', script],
    log: { format: 'json', stdout: rig.path('log', 'd.log'), stderr: rig.path('log', 'e.log') },
  })
  await rig.daemonctl(['start', 'd'])
  await rig.until('the part of a line is written', () => rig.log('d').includes('no end'))
  await rig.until('the error is written', () => rig.log('e').includes('bad'))
  const linesOf = (name: string): unknown[] =>
    rig
      .log(name)
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
  expect(linesOf('d')).toMatchObject([
    { name: 'd', stream: 'stdout', line: 'out' },
    { line: 'no end', partial: true },
  ])
  expect(linesOf('e')).toMatchObject([{ stream: 'stderr', level: 'error', line: 'ERROR: bad' }])
  await rig.daemonctl(['stop', 'd'])
  await rig.until('nobody reads any more', () => keepers(rig).length === 0)
})

scenario('where everything was taken away, nobody tries for ever to read', async (rig) => {
  rig.define('d', { command: rig.fixture('obedient.pl'), log: { capture: true, format: 'timestamps' } })
  await rig.daemonctl(['start', 'd'])
  await rig.until('it has a reader', () => readers(rig).length === 1)
  rmSync(rig.path('run', 'captures'), { recursive: true })
  for (const reader of readers(rig)) kill(reader, 'SIGKILL')
  await rig.until('its keeper has ended', () => keepers(rig).length === 0)
  await rig.daemonctl(['stop', 'd'])
})

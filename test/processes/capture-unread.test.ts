import { existsSync, readdirSync, statSync } from 'node:fs'
import { expect } from 'vitest'
import { FAULTLESS, faultsIn, filesOf } from './log-lines.ts'
import { kill, scenario, SOAK, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** The reader of a captured daemon and its keeper are killed both, and the daemon lives on. */

const KILLS = SOAK ? 50 : 5

const keepers = (rig: Rig) => rig.copies('daemonctl-capture')
const readers = (rig: Rig) =>
  rig.copies('run.js capture ').filter(({ pid }) => rig.read(`/proc/${pid}/comm`).trim() !== 'sh')

/** The keeper first: it would begin another reader. */
async function killAllWhoRead(rig: Rig): Promise<void> {
  const all = [...keepers(rig), ...readers(rig)]
  expect(all.length).toBeGreaterThan(1)
  for (const one of all) kill(one, 'SIGKILL')
}

const pipe = (rig: Rig): number => {
  const name = readdirSync(rig.path('run', 'captures')).find((file) => file.endsWith('.stdout.fifo')) ?? ''
  return statSync(rig.path('run', 'captures', name)).ino
}

const holds = (rig: Rig, pid: number): boolean =>
  readdirSync(`/proc/${pid}/fd`).some(
    (fd) => statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })?.ino === pipe(rig),
  )

/** A daemon that writes a line whenever it is told to. */
function defineSpeaker(rig: Rig): { speak(): void; count: () => number } {
  const say = rig.path('say')
  const script = `n=0; while :; do n=$((n + 1)); while [ ! -e ${say}.$n ]; do sleep 0.02; done; echo line $n; touch ${say}.$n.done; done`
  rig.define('d', { command: ['/bin/sh', '-c', script], log: { capture: true } })
  let number = 0
  return {
    speak: () => void rig.write(`${say}.${(number += 1)}`, ''),
    count: () => (existsSync(`${say}.${number}.done`) ? number : 0),
  }
}

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

scenario(
  'a watcher has it read again at once, and nothing that was on its way is lost',
  { seconds: SOAK ? 900 : 120 },
  async (rig) => {
    const [stop, end] = [rig.path('stop'), rig.path('end')]
    const command = rig.fixture('writes-numbered-lines.pl', 30_000_000, 1, 20, stop, end)
    rig.define('d', { command, log: { capture: true, 'max-size': '4 MiB', keep: 10_000 } })
    const watcher = await watch(rig)
    for (let round = 0; round < KILLS; round += 1) {
      const size = rig.log('d').length
      await rig.until('somebody reads', () => readers(rig).length === 1 && rig.log('d').length !== size, 30)
      await rig.until('the watcher holds the pipe', () => holds(rig, watcher.pid))
      await killAllWhoRead(rig)
      await rig.until('there is a keeper again', () => keepers(rig).length === 1, 30)
    }
    await watcher.reads('d', /nobody read its stdout any more: a reader was begun/)
    rig.write(stop, '')
    await rig.until('the last line is written', () => existsSync(end), 60)
    await rig.daemonctl(['stop', 'd'])
    await rig.until('everything is read', () => keepers(rig).length === 0, 30)
    await watcher.end()
    expect(await faultsIn(filesOf(rig, 'd'), Number(rig.read(end)))).toEqual(FAULTLESS)
  },
)

scenario('the next watcher has it read again', async (rig) => {
  const speaker = defineSpeaker(rig)
  const watcher = await watch(rig)
  speaker.speak()
  await rig.until('its first line is there', () => rig.log('d') === lines(1))
  await watcher.end('SIGKILL')
  await killAllWhoRead(rig)
  speaker.speak()
  await rig.until('it has spoken', () => speaker.count() === 2)
  expect(rig.log('d')).toBe(lines(1))
  const next = await watch(rig)
  await rig.until('its second line is there', () => rig.log('d') === lines(2))
  await rig.daemonctl(['stop', 'd'])
  await next.end()
})

scenario('without a watcher status tells it, and verbs have it read again', async (rig) => {
  const speaker = defineSpeaker(rig)
  await rig.daemonctl(['start', 'd'])
  speaker.speak()
  await rig.until('its first line is there', () => rig.log('d') === lines(1))
  expect((await rig.status('d')).notes).toEqual([])
  let spoken = 1
  for (const verb of ['start', 'signal', 'rotate', 'stop']) {
    await killAllWhoRead(rig)
    speaker.speak()
    spoken += 1
    await rig.until('it has spoken', () => speaker.count() === spoken)
    const { exit, notes } = await rig.status('d')
    expect([exit, notes]).toEqual([0, [expect.stringMatching(/^nobody reads its stdout: .*"daemonctl start d"/)]])
    const words = { signal: ['signal', 'd', 'CONT'], rotate: ['rotate', 'd', '--force'] }[verb] ?? [verb, 'd']
    const { status, stderr } = await rig.daemonctl(words)
    expect([verb, status, stderr]).toEqual([
      verb,
      0,
      expect.stringContaining('nobody read its stdout any more: a reader was begun'),
    ])
    if (verb !== 'stop') await rig.until('a reader has begun', () => readers(rig).length === 1)
  }
  await rig.until('nobody reads any more', () => keepers(rig).length === 0)
  expect(
    filesOf(rig, 'd')
      .map((file) => rig.read(file))
      .join(''),
  ).toBe(lines(spoken))
})

import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, kill, lives, scenario, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** Three of a kind: each by itself, or all of them as one. */

const NAMES = ['d@1', 'd@2', 'd@3'] as const

function define(rig: Rig, onExit: 'respawn' | 'stop-all'): void {
  rig.define('d', {
    command: rig.fixture('obedient.pl', '%i'),
    instances: 3,
    start: { settle: '10ms' },
    stop: { schedule: 'TERM/10/KILL/5' },
    respawn: { policy: 'always', 'on-exit': onExit, burst: 100 },
  })
}

function processOf(rig: Rig, name: string): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

scenario('three instances: the one that dies comes back, the others are not touched', async (rig) => {
  define(rig, 'respawn')
  const watcher = await watch(rig)
  const [first, second, third] = NAMES.map((name) => processOf(rig, name))
  if (second === undefined || first === undefined || third === undefined) throw new Error('not all of them run')
  kill(second, 'SIGKILL')
  await watcher.hears('d@2', 'started', 2)
  expect([lives(first), lives(second), lives(third)]).toEqual([true, false, true])
  expect(rig.copies('obedient.pl').map(({ pid }) => pid)).toHaveLength(3)
  expect(NAMES.map((name) => rig.log(name))).toEqual(['ready\n', 'ready\nready\n', 'ready\n'])
  await watcher.end()
})

scenario('on-exit = "stop-all": the end of one is the end of all, until somebody starts them', async (rig) => {
  define(rig, 'stop-all')
  rig.define('other', { command: rig.fixture('obedient.pl', 'other'), start: { settle: '10ms' } })
  const watcher = await watch(rig)
  kill(processOf(rig, 'd@2'), 'SIGKILL')
  for (const name of NAMES) await watcher.phase(name, 'down')
  await rig.until('the others have ended', () => rig.copies('obedient.pl').length === 1)
  expect(rig.log('d@1')).toBe('ready\nTERM\n')
  expect((await watcher.told('other')).phase).toBe('up')
  // The next watcher finds it as it was left.
  await watcher.end()
  const next = await watch(rig)
  expect(await next.phases()).toEqual({ 'd@1': 'down', 'd@2': 'down', 'd@3': 'down', other: 'up' })
  expect((await rig.daemonctl(['start', ...NAMES])).status).toBe(0)
  for (const name of NAMES) await next.phase(name, 'up')
  expect(rig.copies('obedient.pl')).toHaveLength(4)
  await next.end()
})

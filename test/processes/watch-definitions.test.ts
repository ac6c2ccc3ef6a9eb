import { rmSync } from 'node:fs'
import { expect } from 'vitest'
import type { Process } from './processes.ts'
import { findProcess, kill, lives, scenario, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** HUP: what was added, changed or removed is heeded; nonsense is told, and changes nothing. */

const QUICK = { start: { settle: '10ms' }, stop: { schedule: 'TERM/10/KILL/5' }, respawn: { burst: 100 } }

function processOf(rig: Rig, name: string): Process {
  const found = findProcess(rig.pid(name))
  if (found === undefined) throw new Error(`${name} does not run`)
  return found
}

scenario('definitions are added, changed and removed, and no daemon is touched', async (rig) => {
  const define = (name: string, word: string): void =>
    rig.define(name, { ...QUICK, command: rig.fixture('obedient.pl', word) })
  for (const name of ['kept', 'changed', 'removed']) define(name, `${name}-before`)
  const watcher = await watch(rig)
  const before = ['kept', 'changed', 'removed'].map((name) => processOf(rig, name))

  define('added', 'added-now')
  define('changed', 'changed-now')
  rmSync(rig.path('etc', 'removed.toml'))
  watcher.kill('SIGHUP')
  const read = await watcher.hears(undefined, 'definitions')
  expect([read.level, read.message]).toEqual(['info', 'definitions read again: 1 added, 1 removed, 1 changed'])
  await watcher.hears('added', 'started')
  await watcher.hears('changed', 'redefined')
  await watcher.hears('removed', 'unwatched')
  expect(await watcher.phases()).toEqual({ added: 'up', changed: 'up', kept: 'up' })
  expect(before.every(lives)).toBe(true)

  // The next start is by the new definition; and what was removed is nobody's business any more.
  const [, changed, removed] = before
  if (changed !== undefined) kill(changed, 'SIGKILL')
  if (removed !== undefined) kill(removed, 'SIGKILL')
  await watcher.hears('changed', 'started', 2)
  expect(rig.copies('obedient.pl changed-before')).toEqual([])
  expect(rig.copies('obedient.pl changed-now').map(({ pid }) => pid)).toEqual([rig.pid('changed')])
  expect(rig.copies('obedient.pl removed-before')).toEqual([])
  expect(watcher.count('removed', 'ended')).toBe(0)
  watcher.kill('SIGHUP')
  expect((await watcher.hears(undefined, 'definitions', 2)).message).toContain('nothing has changed')
  await watcher.end()
})

scenario(
  'definitions edited to nonsense: the old ones stay in force, and it is told where the problem is',
  async (rig) => {
    for (const name of ['one', 'two']) rig.define(name, { ...QUICK, command: rig.fixture('obedient.pl', name) })
    const watcher = await watch(rig)
    const before = ['one', 'two'].map((name) => processOf(rig, name))
    const good = rig.read(rig.path('etc', 'one.toml'))
    let count = 0
    for (const nonsense of [
      'command = [',
      'comand = "sleep 1"\n',
      '',
      `${good}[respawn]\nburst = "many"\n`,
      '\0\0\xff',
    ]) {
      rig.write(rig.path('etc', 'one.toml'), nonsense)
      watcher.kill('SIGHUP')
      count += 1
      const told = await watcher.hears(undefined, 'definitions', count)
      expect([told.level, told.message], nonsense).toEqual([
        'error',
        expect.stringMatching(/one\.toml.*the old definitions stay in force/s) as unknown,
      ])
      expect(await watcher.phases(), nonsense).toEqual({ one: 'up', two: 'up' })
    }
    expect(before.every(lives)).toBe(true)
    // By the old definition, while the new one is nonsense.
    for (const main of before) kill(main, 'SIGKILL')
    await watcher.hears('one', 'started', 2)
    await watcher.hears('two', 'started', 2)
    rig.write(rig.path('etc', 'one.toml'), good)
    watcher.kill('SIGHUP')
    expect((await watcher.hears(undefined, 'definitions', count + 1)).level).toBe('info')
    await watcher.end()
  },
)

scenario('a policy that is changed holds from the next end on', async (rig) => {
  const define = (policy: string): void =>
    rig.define('d', { ...QUICK, command: rig.fixture('obedient.pl'), respawn: { policy, burst: 100 } })
  define('never')
  const watcher = await watch(rig)
  define('always')
  watcher.kill('SIGHUP')
  await watcher.hears('d', 'redefined')
  kill(processOf(rig, 'd'), 'SIGKILL')
  await watcher.hears('d', 'started', 2)
  define('never')
  watcher.kill('SIGHUP')
  await watcher.hears('d', 'redefined', 2)
  kill(processOf(rig, 'd'), 'SIGKILL')
  expect((await watcher.hears('d', 'ended', 2)).message).toContain('its respawn policy leaves it down')
  await watcher.end()
})

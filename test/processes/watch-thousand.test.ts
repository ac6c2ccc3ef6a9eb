import { expect } from 'vitest'
import { kill, scenario, SOAK, type Rig } from './rig.ts'
import type { Process } from './processes.ts'
import { watch } from './watching.ts'

/** A thousand daemons and one watcher: it has them up, has those up again that die, and takes them all back. */

const COUNT = SOAK ? 1_000 : 200
const VICTIMS = COUNT / 10
/** No other process has it in its command line: that is how they are counted. */
const MARK = '86399.8765'

const running = (rig: Rig): readonly Process[] => rig.copies(MARK)
/** One that is just executing its program shows no command line. */
async function seen(rig: Rig): Promise<readonly Process[]> {
  await rig.until(`there are ${COUNT} of them`, () => running(rig).length === COUNT)
  return running(rig)
}

const identities = (processes: readonly Process[]): readonly string[] =>
  processes.map(({ pid, startTime }) => `${pid} ${startTime}`).toSorted((a, b) => a.localeCompare(b))

scenario(
  `${COUNT} daemons: all up, those that die are back, and the next watcher has them`,
  { seconds: 280 },
  async (rig) => {
    rig.define('d', {
      command: ['sleep', MARK],
      instances: COUNT,
      start: { settle: '0ms' },
      respawn: { burst: 100 },
    })
    const first = await watch(rig, [], { ready: false })
    await rig.until('they are all up', () => new Set(started(first)).size === COUNT, 120)
    const before = await seen(rig)

    const victims = before.filter((_, index) => index % (COUNT / VICTIMS) === 0)
    for (const victim of victims) kill(victim, 'SIGKILL')
    await rig.until('those that died are back', () => started(first).length === COUNT + VICTIMS, 60)
    const after = await seen(rig)
    const dead = new Set(identities(victims))
    expect(identities(after)).toEqual(expect.arrayContaining(identities(before).filter((one) => !dead.has(one))))

    await first.end('SIGKILL')
    const second = await watch(rig, [], { ready: false })
    await rig.until(
      'they are all taken back',
      () => second.lines().filter(({ kind }) => kind === 'adopted').length === COUNT,
      60,
    )
    expect(identities(running(rig))).toEqual(identities(after))
    expect(started(second)).toEqual([])
    await second.end()
    expect(identities(running(rig))).toEqual(identities(after))
  },
)

const started = (watcher: {
  lines(): readonly { readonly kind: string; readonly name: string | undefined }[]
}): readonly (string | undefined)[] =>
  watcher
    .lines()
    .filter(({ kind }) => kind === 'started')
    .map(({ name }) => name)

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { scenario, SOAK, type Rig } from './rig.ts'
import { watch, type Watching } from './watching.ts'

/** However often its daemons end: a watcher does not grow, and nothing of them is left over. */

const DAEMONS = 10
const RESPAWNS = SOAK ? 100_000 : 400
/** What it needs it has by then: code is compiled, the heap has found its size. */
const WARM = SOAK ? 10_000 : 100
/** So long it is looked at: memory comes and goes with what is collected when, and its least is what is kept. */
const LOOKED_AT = SOAK ? 10_000 : 100
/** Each daemon that is just being started has some descriptors and files open: what is lost with each respawn is more. */
const AT_ONCE = 6 * DAEMONS
/** KiB. In so few respawns as in the short form memory only comes. */
const MAY_GROW = SOAK ? 8 * 1024 : Infinity

scenario(
  `${RESPAWNS} respawns, and the watcher is as large as it was`,
  { seconds: SOAK ? 3_600 : 100 },
  async (rig) => {
    for (let number = 0; number < DAEMONS; number += 1) {
      rig.define(`d${number}`, {
        // Some end before they count as started, some after.
        command: ['sleep', number % 2 === 0 ? '0.02' : '0.15'],
        start: { settle: '0ms' },
        respawn: { policy: 'always', delay: '1ms', 'max-delay': '1ms', jitter: 0, burst: 1_000_000 },
      })
    }
    const watcher = await watch(rig, ['--quiet'])
    await respawned(watcher, WARM)
    const before = await leastOf(rig, watcher, WARM + LOOKED_AT)
    await respawned(watcher, RESPAWNS - LOOKED_AT)
    const after = await leastOf(rig, watcher, RESPAWNS)
    if (SOAK) console.log(`after ${WARM} respawns: ${show(before)}; after ${RESPAWNS}: ${show(after)}`)
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + AT_ONCE)
    expect(after.memory).toBeLessThan(before.memory + MAY_GROW)
    expect(after.files).toBeLessThanOrEqual(before.files + AT_ONCE)
    await watcher.end()
    await rig.until('what it started has ended', () => rig.processes().length === 0)
  },
)

async function respawned(watcher: Watching, count: number, look: () => void = () => {}): Promise<void> {
  const deadline = performance.now() + (SOAK ? 3_000_000 : 90_000)
  for (;;) {
    const all = (await watcher.list()).reduce((sum, { respawns }) => sum + respawns, 0)
    look()
    if (all >= count) return
    if (performance.now() > deadline) throw new Error(`only ${all} of ${count} respawns`)
    await sleep(SOAK ? 1_000 : 50)
  }
}

/** The least that it had until then. */
async function leastOf(rig: Rig, watcher: Watching, count: number): Promise<Size> {
  const sizes: Size[] = []
  await respawned(watcher, count, () => sizes.push(sizeOf(rig, watcher)))
  const least = (part: keyof Size): number => Math.min(...sizes.map((size) => size[part]))
  return { memory: least('memory'), descriptors: least('descriptors'), files: least('files') }
}

interface Size {
  /** KiB */
  readonly memory: number
  readonly descriptors: number
  /** Of all that daemonctl keeps. */
  readonly files: number
}

function sizeOf(rig: Rig, { pid }: Watching): Size {
  const status = rig.read(`/proc/${pid}/status`)
  const places = ['run', 'state'].flatMap((name) => readdirSync(rig.path(name), { recursive: true, encoding: 'utf8' }))
  return {
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    files: places.length,
  }
}

const show = ({ memory, descriptors, files }: Size): string =>
  `${Math.round(memory / 1024)} MiB, ${descriptors} descriptors, ${files} files`

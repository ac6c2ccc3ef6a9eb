import { readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { scenario, SOAK, type Rig } from './rig.ts'
import { watch, type Watching } from './watching.ts'

/** However often its daemons end: a watcher does not grow, and nothing of them is left over. */

const DAEMONS = 10
const RESPAWNS = SOAK ? 100_000 : 400
/** What it needs it has by then: code is compiled, the heap has found its size. */
const WARM = SOAK ? 20_000 : 200
/** Each daemon that is just being started has some descriptors and files open: what is lost with each respawn is more. */
const AT_ONCE = 6 * DAEMONS
/** KiB. Memory comes and goes with what is collected when; in so few respawns as in the short form it only comes. */
const MAY_GROW = SOAK ? 12 * 1024 : Infinity

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
    const before = await sizeOf(rig, watcher)
    await respawned(watcher, RESPAWNS)
    const after = await sizeOf(rig, watcher)
    if (SOAK) console.log(`after ${WARM} respawns: ${show(before)}; after ${RESPAWNS}: ${show(after)}`)
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + AT_ONCE)
    expect(after.memory).toBeLessThan(before.memory + MAY_GROW)
    expect(after.files).toBeLessThanOrEqual(before.files + AT_ONCE)
    await watcher.end()
    await rig.until('what it started has ended', () => rig.processes().length === 0)
  },
)

async function respawned(watcher: Watching, count: number): Promise<void> {
  const deadline = performance.now() + (SOAK ? 3_000_000 : 90_000)
  for (;;) {
    const all = (await watcher.list()).reduce((sum, { respawns }) => sum + respawns, 0)
    if (all >= count) return
    if (performance.now() > deadline) throw new Error(`only ${all} of ${count} respawns`)
    await new Promise((resolve) => setTimeout(resolve, SOAK ? 1_000 : 50))
  }
}

interface Size {
  /** KiB */
  readonly memory: number
  readonly descriptors: number
  /** Of all that daemonctl keeps. */
  readonly files: number
}

async function sizeOf(rig: Rig, { pid }: Watching): Promise<Size> {
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

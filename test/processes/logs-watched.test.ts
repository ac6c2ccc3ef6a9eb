import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { canCollapse, FAULTLESS, faultsIn, filesOf } from './log-lines.ts'
import { kill, scenario, seeded, SOAK, type Fields, type Rig } from './rig.ts'
import { watch } from './watching.ts'

/** A watcher that is killed again and again, and rotates whenever it is there: of the lines of its daemon none is lost. */

const LINES = SOAK ? 10_000_000 : 200_000
const KILLS = SOAK ? 100 : 4
const ROTATIONS = SOAK ? 50 : 2
/** Of the writer, after each thousand lines: so it writes for about as long as watchers are killed. */
const NAP = SOAK ? 50 : 40

const readersOf = (rig: Rig) =>
  rig.copies('run.js capture ').filter(({ pid }) => rig.read(`/proc/${pid}/comm`).trim() !== 'sh')

for (const [mode, log] of [
  ['direct', {}],
  ['capture', { capture: true }],
] as const satisfies readonly (readonly [string, Fields])[]) {
  for (const [size, bytes] of [
    ['one line a write', 1],
    ['64 KiB a write', 65_536],
  ] as const) {
    scenario(
      `${mode}, ${size}: a watcher killed with -9 at random, again and again: no line lost, none twice`,
      { needs: ['fallocate'], seconds: SOAK ? 3_600 : 180 },
      async (rig) => {
        if (mode === 'direct' && !canCollapse(rig)) {
          console.warn('skipped: heads of files cannot be cut out here')
          return
        }
        const chance = seeded(bytes + mode.length)
        const end = rig.path('end')
        const command = rig.fixture('writes-numbered-lines.pl', LINES, bytes, NAP, rig.path('stop'), end)
        const settings = { 'max-size': SOAK ? '2 MiB' : '256 KiB', keep: 100_000, ...log }
        rig.define('d', { command, log: settings, respawn: { policy: 'never' } })
        let kills = 0
        for (; kills < KILLS || !existsSync(end); kills += 1) {
          const watcher = await watch(rig)
          await sleep(chance(SOAK ? 5_000 : 800))
          // Every tenth time the reader as well.
          if (kills % 10 === 3) for (const reader of readersOf(rig)) kill(reader, 'SIGKILL')
          await watcher.end('SIGKILL')
        }
        await rig.daemonctl(['stop', 'd'])
        await rig.until('everything is read', () => rig.copies('daemonctl-capture').length === 0, 60)
        // Brings to an end what the last one left half done.
        expect((await rig.daemonctl(['rotate', 'd'])).status).toBe(0)
        const files = filesOf(rig, 'd')
        if (SOAK) console.log(`${mode}, ${size}: ${LINES} lines, ${kills} kills, ${files.length - 1} rotations`)
        expect(await faultsIn(files, LINES)).toEqual(FAULTLESS)
        expect(files.length - 1).toBeGreaterThanOrEqual(ROTATIONS)
      },
    )
  }
}

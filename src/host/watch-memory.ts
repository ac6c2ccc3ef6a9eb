import { join } from 'node:path'
import { parseSignal } from '../base/signals.ts'
import type { Exit } from '../decide/exit.ts'
import type { Tally } from '../decide/watch/tally.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import { isCount, isObject, isTime, parseJson } from './json-shape.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile, removeOwnFile } from './own-file.ts'
import type { RememberedPhase } from '../decide/watch/state.ts'
import type { Remembered, WatchMemory } from './watch-host.ts'

/** RUNTIME/watch/KEY.json: gone with the boot, like the monotonic clock that its times are of. */
export class DiskWatchMemory implements WatchMemory {
  readonly #directory: string
  readonly #uid: number
  readonly #bootId: string
  readonly #warn: (text: string) => void
  #warned = false

  constructor(options: { runtimeDirectory: string; uid: number; bootId: string; warn: (text: string) => void }) {
    this.#directory = join(options.runtimeDirectory, 'watch')
    this.#uid = options.uid
    this.#bootId = options.bootId
    this.#warn = options.warn
  }

  read(key: string): Remembered | undefined {
    const file = readOwnFile(this.#file(key), this.#uid)
    const json = file.kind === 'read' ? parseJson(file.text) : undefined
    if (!isObject(json) || json['version'] !== 1 || json['bootId'] !== this.#bootId) return undefined
    const tally = tallyOf(json['tally'])
    const phase = phaseOf(json['phase'])
    const wish = isTime(json['wish']) ? json['wish'] : undefined
    return tally === undefined || phase === undefined ? undefined : { tally, phase, wish }
  }

  write(key: string, { tally, phase, wish }: Remembered): void {
    const context = { uid: this.#uid, stage: 'writing the record' } as const
    const made = ensureDirectory(this.#directory, { mode: ownDirectoryMode(this.#uid) }, context)
    const text = JSON.stringify({ version: 1, bootId: this.#bootId, wish, tally, phase })
    const written = made.ok
      ? writeAtomically(this.#file(key), text, { mode: OWN_FILE_MODE, stage: context.stage })
      : made
    if (!written.ok && !this.#warned) {
      this.#warn(`${written.error.message}: a watcher after this one will begin to count anew`)
    }
    this.#warned = !written.ok
  }

  remove(key: string): void {
    removeOwnFile(this.#file(key))
  }

  #file(key: string): string {
    return join(this.#directory, `${key}.json`)
  }
}

function tallyOf(json: unknown): Tally | undefined {
  if (!isObject(json)) return undefined
  const { failures, lastDelay, starts, respawns } = json
  if (!isCount(failures) || !isTime(lastDelay) || !isCount(respawns)) return undefined
  if (!Array.isArray(starts) || !starts.every(isTime)) return undefined
  return { failures, lastDelay, starts, respawns }
}

function phaseOf(json: unknown): RememberedPhase | undefined {
  if (!isObject(json)) return undefined
  const { kind, until, why } = json
  const exit = exitOf(json['exit'])
  switch (kind) {
    case 'up':
      return { kind }
    case 'backing-off':
    case 'cooling-down':
      return isTime(until) && exit !== undefined ? { kind, until, exit } : undefined
    case 'down':
      return isDownWhy(why) ? { kind, why, exit } : undefined
    default:
      return undefined
  }
}

const DOWN = ['stopped', 'paused', 'finished', 'prevented', 'given-up'] as const
const isDownWhy = (value: unknown): value is (typeof DOWN)[number] => DOWN.some((why) => why === value)

function exitOf(json: unknown): Exit | undefined {
  if (!isObject(json)) return undefined
  const { kind, code, signal } = json
  if (kind === 'code' && isCount(code)) return { kind, code }
  const name = kind === 'signal' && typeof signal === 'string' ? parseSignal(signal) : undefined
  if (name?.ok === true) return { kind: 'signal', signal: name.value }
  return kind === 'unseen' ? { kind } : undefined
}

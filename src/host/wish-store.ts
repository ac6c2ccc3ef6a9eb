import { join } from 'node:path'
import type { Failure } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import { actorIn } from './actor-shape.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import type { Wish, WishStore } from './host.ts'
import { isObject, isTime, parseJson } from './json-shape.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile } from './own-file.ts'

export interface WishStoreOptions {
  readonly stateDirectory: string
  readonly uid: number
  readonly warn: (text: string) => void
}

/**
 * STATE/wishes/KEY.json. A wish is there for all to see before it is carried out: what was stopped stays stopped,
 * whoever dies next. The disk is not waited for (docs/decisions: it took longer than everything else together):
 * of a wish of the last seconds before a power failure the file system may know nothing.
 */
export class DiskWishStore implements WishStore {
  readonly #directory: string
  readonly #uid: number
  readonly #warn: (text: string) => void

  constructor({ stateDirectory, uid, warn }: WishStoreOptions) {
    this.#directory = join(stateDirectory, 'wishes')
    this.#uid = uid
    this.#warn = warn
  }

  read(key: string): Wish | undefined {
    const file = readOwnFile(this.#file(key), this.#uid)
    if (file.kind === 'absent') return undefined
    const wish = file.kind === 'read' ? wishOf(file.text) : undefined
    if (wish === undefined) {
      this.#warn(`a wish is not heeded: ${file.kind === 'bad' ? file.why : `${this.#file(key)} is damaged`}`)
    }
    return wish
  }

  write(key: string, wish: Wish): Result<void, Failure> {
    const context = { uid: this.#uid, stage: 'recording the wish' } as const
    const directory = ensureDirectory(this.#directory, { mode: ownDirectoryMode(this.#uid) }, context)
    if (!directory.ok) return directory
    const how = { mode: OWN_FILE_MODE, stage: context.stage }
    return writeAtomically(this.#file(key), JSON.stringify(wish), how)
  }

  #file(key: string): string {
    return join(this.#directory, `${key}.json`)
  }
}

function wishOf(text: string): Wish | undefined {
  const json = parseJson(text)
  if (!isObject(json) || json['version'] !== 1) return undefined
  // Wishes had no "paused" before there were watchers.
  const { want, at, paused = false } = json
  const by = actorIn(json['by'])
  if ((want !== 'up' && want !== 'down') || typeof paused !== 'boolean') return undefined
  if (!isTime(at) || by === undefined) return undefined
  return { version: 1, want, paused, at, by }
}

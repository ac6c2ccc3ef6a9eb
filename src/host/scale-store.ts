import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '../base/result.ts'
import type { Failure } from '../base/failure.ts'
import { actorIn } from './actor-shape.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import type { Scale, ScaleStore } from './host.ts'
import { isCount, isObject, isText, isTime, parseJson } from './json-shape.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile } from './own-file.ts'

export interface ScaleStoreOptions {
  readonly stateDirectory: string
  readonly uid: number
  readonly warn: (text: string) => void
}

/** A definition may ask for as many itself. */
const MOST = 1000

/**
 * STATE/scales.json: how many instances operators have asked for, where that differs from what definitions say. One
 * file, for there are few of them, and every command looks there.
 */
export class DiskScaleStore implements ScaleStore {
  readonly path: string
  readonly #directory: string
  readonly #uid: number
  readonly #warn: (text: string) => void
  #told = ''

  constructor({ stateDirectory, uid, warn }: ScaleStoreOptions) {
    this.path = join(stateDirectory, 'scales.json')
    this.#directory = stateDirectory
    this.#uid = uid
    this.#warn = warn
  }

  read(): readonly Scale[] {
    // Mostly there is none, and then it does not matter who might have written it.
    if (!existsSync(this.path)) return []
    const file = readOwnFile(this.path, this.#uid)
    if (file.kind === 'absent') return []
    const scales = file.kind === 'read' ? scalesOf(file.text) : undefined
    if (scales === undefined) this.#tell(file.kind === 'bad' ? file.why : `${this.path} is damaged`)
    return scales ?? []
  }

  write(scale: Scale): Result<void, Failure> {
    return this.#keep([...this.#others(scale), scale])
  }

  forget(scale: Pick<Scale, 'file' | 'name'>): Result<void, Failure> {
    const others = this.#others(scale)
    return others.length === this.read().length ? ok(undefined) : this.#keep(others)
  }

  /** A command looks there more than once; a watcher for as long as it lives. */
  #tell(why: string): void {
    if (this.#told === why) return
    this.#told = why
    this.#warn(`what was scaled is not heeded: ${why}`)
  }

  #others({ file, name }: Pick<Scale, 'file' | 'name'>): readonly Scale[] {
    return this.read().filter((other) => other.file !== file || other.name !== name)
  }

  #keep(scales: readonly Scale[]): Result<void, Failure> {
    const context = { uid: this.#uid, stage: 'recording the wish' } as const
    const directory = ensureDirectory(this.#directory, { mode: ownDirectoryMode(this.#uid) }, context)
    if (!directory.ok) return directory
    const how = { mode: OWN_FILE_MODE, stage: context.stage }
    return writeAtomically(this.path, JSON.stringify({ version: 1, scales }), how)
  }
}

function scalesOf(text: string): readonly Scale[] | undefined {
  const json = parseJson(text)
  if (!isObject(json) || json['version'] !== 1 || !Array.isArray(json['scales'])) return undefined
  const scales = json['scales'].map(scaleIn)
  return scales.every((scale) => scale !== undefined) ? scales : undefined
}

function scaleIn(json: unknown): Scale | undefined {
  if (!isObject(json)) return undefined
  const { file, name, instances, highest, at } = json
  const by = actorIn(json['by'])
  if (!isText(file) || !isText(name) || !isTime(at) || by === undefined) return undefined
  if (!isNumberOfInstances(instances) || !isNumberOfInstances(highest)) return undefined
  return { file, name, instances, highest, at, by }
}

const isNumberOfInstances = (value: unknown): value is number => isCount(value) && value >= 1 && value <= MOST

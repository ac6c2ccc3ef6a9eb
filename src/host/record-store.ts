import { join } from 'node:path'
import type { Failure, Stage } from '../base/failure.ts'
import type { Result } from '../base/result.ts'
import type { DaemonRecord, RecordReading } from '../decide/record.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import type { RecordStore } from './host.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile, removeOwnFile } from './own-file.ts'
import { recordOf } from './record-shape.ts'

export interface RecordStoreOptions {
  readonly runtimeDirectory: string
  readonly stateDirectory: string
  readonly uid: number
  readonly warn: (text: string) => void
}

/** RUNTIME/records/KEY.json and, of the last start that succeeded, STATE/last-good/KEY.json. */
export class DiskRecordStore implements RecordStore {
  readonly #records: string
  readonly #lastGood: string
  readonly #uid: number
  readonly #warn: (text: string) => void

  constructor({ runtimeDirectory, stateDirectory, uid, warn }: RecordStoreOptions) {
    this.#records = join(runtimeDirectory, 'records')
    this.#lastGood = join(stateDirectory, 'last-good')
    this.#uid = uid
    this.#warn = warn
  }

  read(key: string): RecordReading {
    const file = readOwnFile(this.#recordFile(key), this.#uid)
    if (file.kind === 'absent') return file
    if (file.kind === 'bad') return { kind: 'damaged', why: file.why }
    const record = recordOf(file.text)
    return record.ok ? { kind: 'read', record: record.value } : { kind: 'damaged', why: record.error }
  }

  write(key: string, record: DaemonRecord): Result<void, Failure> {
    return this.#write(this.#records, this.#recordFile(key), JSON.stringify(record), 'writing the record')
  }

  remove(key: string): void {
    removeOwnFile(this.#recordFile(key))
  }

  readLastGood(key: string): string | undefined {
    const file = readOwnFile(this.#lastGoodFile(key), this.#uid)
    if (file.kind === 'bad') this.#warn(`the last good definition cannot be used: ${file.why}`)
    return file.kind === 'read' ? file.text : undefined
  }

  /** The daemon runs already: that it could not be noted is a warning, not a failure. */
  writeLastGood(key: string, definition: string): void {
    const written = this.#write(this.#lastGood, this.#lastGoodFile(key), definition, 'writing the record')
    if (!written.ok) this.#warn(`${written.error.message}: --rollback will not know this definition`)
  }

  #write(directory: string, path: string, text: string, stage: Stage): Result<void, Failure> {
    const uid = this.#uid
    const made = ensureDirectory(directory, { mode: ownDirectoryMode(uid) }, { uid, stage })
    return made.ok ? writeAtomically(path, text, { mode: OWN_FILE_MODE, stage }) : made
  }

  #recordFile(key: string): string {
    return `${this.#records}/${key}.json`
  }

  #lastGoodFile(key: string): string {
    return join(this.#lastGood, `${key}.json`)
  }
}

import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseSignal } from '../base/signals.ts'
import { actorIn } from './actor-shape.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import type { Actor, Exit, HistoryEntry, HistoryStore } from './host.ts'
import { isCount, isObject, isOptionalCount, isText, isTime, parseJson } from './json-shape.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile } from './own-file.ts'
import { explain } from './system-error.ts'

/** A history that grows larger is cut to its newer half. */
const LARGEST = 64 * 1024
/** The message of one entry may not push out all the others. */
const LONGEST_MESSAGE = 2_000

export interface HistoryStoreOptions {
  readonly stateDirectory: string
  readonly uid: number
  readonly warn: (text: string) => void
  readonly actor: () => Actor
}

/** STATE/history/KEY.jsonl, one line an entry. It must never break a verb: what goes wrong here is a warning. */
export class DiskHistoryStore implements HistoryStore {
  readonly #directory: string
  readonly #uid: number
  readonly #warn: (text: string) => void
  readonly #actor: () => Actor

  constructor({ stateDirectory, uid, warn, actor }: HistoryStoreOptions) {
    this.#directory = join(stateDirectory, 'history')
    this.#uid = uid
    this.#warn = warn
    this.#actor = actor
  }

  append(key: string, entry: HistoryEntry): void {
    const context = { uid: this.#uid, stage: 'preparing files' } as const
    const directory = ensureDirectory(this.#directory, { mode: ownDirectoryMode(this.#uid) }, context)
    if (!directory.ok) return this.#warn(`no history is kept: ${directory.error.message}`)
    try {
      const message = entry.message.slice(0, LONGEST_MESSAGE)
      const size = appendLine(this.#file(key), JSON.stringify({ ...entry, message }))
      if (size > LARGEST) this.#shorten(key)
    } catch (error) {
      this.#warn(`no history is kept: cannot write ${this.#file(key)}: ${explain(error)}`)
    }
  }

  read(key: string, last = Infinity): readonly HistoryEntry[] {
    const entries: HistoryEntry[] = []
    for (const line of this.#lines(key).toReversed()) {
      if (entries.length >= last) break
      const entry = historyEntryOf(line)
      if (entry !== undefined) entries.push(entry)
    }
    return entries.toReversed()
  }

  version(key: string): string {
    const stats = statSync(this.#file(key), { throwIfNoEntry: false })
    return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
  }

  actor(): Actor {
    return this.#actor()
  }

  #lines(key: string): readonly string[] {
    const file = readOwnFile(this.#file(key), this.#uid)
    if (file.kind === 'bad') this.#warn(`the history is not shown: ${file.why}`)
    return file.kind === 'read' ? file.text.split('\n').filter((line) => line !== '') : []
  }

  /** An entry that another verb appends meanwhile is lost; verbs on one daemon take turns, so none does. */
  #shorten(key: string): void {
    const kept: string[] = []
    let size = 0
    for (const line of this.#lines(key).toReversed()) {
      size += Buffer.byteLength(line) + 1
      if (size > LARGEST / 2 && kept.length > 0) break
      kept.unshift(line)
    }
    const text = kept.map((line) => `${line}\n`).join('')
    const written = writeAtomically(this.#file(key), text, { mode: OWN_FILE_MODE, stage: 'preparing files' })
    if (!written.ok) this.#warn(`the history grows: ${written.error.message}`)
  }

  #file(key: string): string {
    return join(this.#directory, `${key}.jsonl`)
  }
}

/** One write(2), so that entries of several writers do not mix; a line cut short by a crash is ended first. */
function appendLine(path: string, line: string): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const fd = openSync(path, flags, OWN_FILE_MODE)
  try {
    const { size, mode } = fstatSync(fd)
    if (size === 0 && (mode & 0o777) !== OWN_FILE_MODE) fchmodSync(fd, OWN_FILE_MODE)
    const last = Buffer.from('\n')
    if (size > 0) readSync(fd, last, 0, 1, size - 1)
    return size + writeSync(fd, `${last[0] === 0x0a ? '' : '\n'}${line}\n`)
  } finally {
    closeSync(fd)
  }
}

function historyEntryOf(line: string): HistoryEntry | undefined {
  const json = parseJson(line)
  if (!isObject(json) || json['version'] !== 1) return undefined
  const { at, name, verb, result, pid, outOfMemory, message, took } = json
  const by = actorIn(json['by'])
  const exit = json['exit'] === undefined ? undefined : exitOf(json['exit'])
  if (by === undefined || (exit === undefined && json['exit'] !== undefined)) return undefined
  if (!isTime(at) || !isTime(took) || !isText(name) || !isText(verb) || !isText(message)) return undefined
  if (result !== 'done' && result !== 'nothing' && result !== 'failed') return undefined
  if (!isOptionalCount(pid) || typeof outOfMemory !== 'boolean') return undefined
  return { version: 1, at, name, verb, result, pid, exit, outOfMemory, message, took, by }
}

function exitOf(value: unknown): Exit | undefined {
  if (!isObject(value)) return undefined
  const { kind, code, signal } = value
  if (kind === 'unseen') return { kind }
  if (kind === 'code') return isCount(code) ? { kind, code } : undefined
  return kind === 'signal' && isText(signal) && parseSignal(signal).ok ? { kind, signal } : undefined
}

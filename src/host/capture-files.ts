import { ftruncateSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../decide/identity.ts'
import type { CaptureTarget } from './capture-target.ts'
import { isCount, isObject, isText, parseJson } from './json-shape.ts'

/** What belongs to one captured stream, in RUNTIME/captures. */
export interface CaptureFiles {
  readonly fifo: string
  /** The pipe that holds what is being written, see capture-source.ts. */
  readonly stage: string
  /** What its reader has to know: a CaptureTarget. */
  readonly target: string
  readonly note: string
  /** Held by the reader and by its keeper, and names that. Removed by a reader that ends; then nobody reads. */
  readonly lock: string
  /** Held for a moment by whoever begins or ends the reading. */
  readonly gate: string
}

export function captureFiles(directory: string, key: string, stream: 'stdout' | 'stderr'): CaptureFiles {
  const at = (extension: string): string => join(directory, `${key}.${stream}.${extension}`)
  return {
    fifo: at('fifo'),
    stage: at('stage'),
    target: at('json'),
    note: at('note'),
    lock: at('lock'),
    gate: at('gate'),
  }
}

/** Who starts the reader again. */
export function writeKeeper(lock: number, keeper: Identity | undefined): void {
  ftruncateSync(lock)
  if (keeper !== undefined) writeSync(lock, JSON.stringify(keeper), 0)
}

/** undefined: nobody knows. That one need not be alive. */
export function readKeeper(lock: string): Identity | undefined {
  try {
    const value = parseJson(readFileSync(lock, 'utf8'))
    if (!isObject(value)) return undefined
    const { pid, startTime, bootId } = value
    return isCount(pid) && isCount(startTime) && isText(bootId) ? { pid, startTime, bootId } : undefined
  } catch {
    return undefined
  }
}

/** Written by ourselves into a directory that only its owner may write. */
export function readCaptureTarget(path: string): CaptureTarget | undefined {
  const value = parseJson(readFileSync(path, 'utf8'))
  if (!isObject(value) || value['kind'] !== 'capture' || !isObject(value['definition'])) return undefined
  const to = value['to']
  if (!isObject(to) || !isText(to['kind'])) return undefined
  const target: CaptureTarget = JSON.parse(JSON.stringify(value))
  return target
}

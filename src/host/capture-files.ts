import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaptureTarget } from './capture-target.ts'
import { isObject, isText, parseJson } from './json-shape.ts'

/** What belongs to one captured stream, in RUNTIME/captures. */
export interface CaptureFiles {
  readonly fifo: string
  /** The pipe that holds what is being written, see capture-source.ts. */
  readonly stage: string
  /** What its reader has to know: a CaptureTarget. */
  readonly target: string
  readonly note: string
  /** Held by the reader and by who starts it again. Removed by a reader that ends; then nobody reads. */
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

/** Written by ourselves into a directory that only its owner may write. */
export function readCaptureTarget(path: string): CaptureTarget | undefined {
  const value = parseJson(readFileSync(path, 'utf8'))
  if (!isObject(value) || value['kind'] !== 'capture' || !isObject(value['definition'])) return undefined
  const to = value['to']
  if (!isObject(to) || !isText(to['kind'])) return undefined
  const target: CaptureTarget = JSON.parse(JSON.stringify(value))
  return target
}

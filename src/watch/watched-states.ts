import { isCount, isObject, isText, type JsonObject } from '../host/json-shape.ts'
import type { ControlClient } from './control-client.ts'

/** What the watcher says of one daemon, as far as a status shows it. */
export interface WatchedState {
  readonly phase: string
  /** "backing off, next start in 4 s, 3 of 5 starts in 1 min" */
  readonly sentence: string
  readonly respawns: number
  /** ISO 8601 */
  readonly nextAt: string | undefined
}

/** Of every daemon that is watched, by its key. Empty where the watcher does not answer in time. */
export async function watchedStates(watcher: ControlClient): Promise<ReadonlyMap<string, WatchedState>> {
  const answer = await watcher.call('list', {}, { within: 2_000 })
  if (!answer.ok || !isObject(answer.value)) return new Map()
  const daemons = answer.value['daemons']
  if (!Array.isArray(daemons)) return new Map()
  return new Map(daemons.filter(isObject).flatMap((daemon) => entryOf(daemon)))
}

function entryOf(daemon: JsonObject): readonly (readonly [string, WatchedState])[] {
  const { key, phase, sentence, respawns } = daemon
  if (!isText(key) || !isText(phase) || !isText(sentence) || !isCount(respawns)) return []
  const nextAt = daemon['next-at']
  return [[key, { phase, sentence, respawns, nextAt: isText(nextAt) ? nextAt : undefined }]]
}

import { join } from 'node:path'
import type { Family, Kin } from '../decide/pattern/family.ts'
import type { KnownDaemon, PatternMemory } from '../decide/pattern/state.ts'
import { NO_TALLY, type Tally } from '../decide/watch/tally.ts'
import { writeAtomically } from './atomic-file.ts'
import { ensureDirectory } from './directory.ts'
import { isCount, isObject, isOptionalCount, isText, isTime, parseJson } from './json-shape.ts'
import { OWN_FILE_MODE, ownDirectoryMode, readOwnFile } from './own-file.ts'
import type { PatternStore } from './pattern-host.ts'

export interface PatternStoreOptions {
  readonly stateDirectory: string
  readonly uid: number
  readonly bootId: () => string
  readonly warn: (text: string) => void
}

const STAGE = 'recording the wish'

/**
 * STATE/patterns/KEY.json. Moments and PIDs mean something within one boot only; whose daemon it was outlives it, so
 * that what was stopped before a boot stays stopped after it.
 */
export function diskPatternStore({ stateDirectory, uid, bootId, warn }: PatternStoreOptions): PatternStore {
  const directory = join(stateDirectory, 'patterns')
  const fileOf = (key: string): string => join(directory, `${key}.json`)
  return {
    read(key) {
      const file = readOwnFile(fileOf(key), uid)
      if (file.kind === 'absent') return undefined
      const memory = file.kind === 'read' ? memoryIn(parseJson(file.text), bootId()) : undefined
      if (memory === undefined) {
        warn(`what was remembered is not heeded: ${file.kind === 'bad' ? file.why : `${fileOf(key)} is damaged`}`)
      }
      return memory
    },
    write(key, memory) {
      const made = ensureDirectory(directory, { mode: ownDirectoryMode(uid) }, { uid, stage: STAGE })
      if (!made.ok) return made
      const text = JSON.stringify({ version: 1, boot: bootId(), ...memory })
      return writeAtomically(fileOf(key), text, { mode: OWN_FILE_MODE, stage: STAGE })
    },
  }
}

function memoryIn(json: unknown, bootId: string): PatternMemory | undefined {
  if (!isObject(json) || json['version'] !== 1) return undefined
  const daemon = json['daemon'] === undefined ? undefined : daemonIn(json['daemon'])
  if (json['boot'] !== bootId) return { tally: NO_TALLY, heldUntil: undefined, family: undefined, daemon }
  const tally = tallyIn(json['tally'])
  const { heldUntil } = json
  if (tally === undefined || !(heldUntil === undefined || isTime(heldUntil))) return undefined
  return { tally, heldUntil, family: json['family'] === undefined ? undefined : familyIn(json['family']), daemon }
}

function daemonIn(json: unknown): KnownDaemon | undefined {
  if (!isObject(json)) return undefined
  const { key, name } = json
  // It becomes the name of a file.
  return isText(key) && isText(name) && !key.includes('/') ? { key, name } : undefined
}

function tallyIn(json: unknown): Tally | undefined {
  if (!isObject(json)) return undefined
  const { failures, lastDelay, respawns } = json
  return isCount(failures) && isTime(lastDelay) && isCount(respawns)
    ? { ...NO_TALLY, failures, lastDelay, respawns }
    : undefined
}

function familyIn(json: unknown): Family | undefined {
  if (!isObject(json)) return undefined
  const { session, group } = json
  const main = kinIn(json['main'])
  if (main === undefined || !isOptionalCount(session) || !isOptionalCount(group)) return undefined
  return { main, session, group, members: kinsIn(json['members']), orphans: kinsIn(json['orphans']) }
}

const kinsIn = (json: unknown): readonly Kin[] =>
  Array.isArray(json) ? json.map(kinIn).filter((kin) => kin !== undefined) : []

function kinIn(json: unknown): Kin | undefined {
  if (!isObject(json)) return undefined
  const { pid, startTime } = json
  return isCount(pid) && isCount(startTime) ? { pid, startTime } : undefined
}

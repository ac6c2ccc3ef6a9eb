import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { PidfileStore, RecordStore } from './host.ts'
import type { DaemonIndex } from './pattern-host.ts'

export interface DaemonIndexOptions {
  readonly runtimeDirectory: string
  readonly records: RecordStore
  readonly pidfiles: PidfileStore
  readonly bootId: () => string
  /** The daemons that have a definition: somebody else may have started them. */
  readonly defined: readonly { readonly key: string; readonly name: string; readonly pidfile: string }[]
}

/** By RUNTIME/records/*.json, or by a pidfile. Nothing is signalled by it: what matters is whose stops are to be heeded. */
export function daemonIndex({ runtimeDirectory, records, pidfiles, bootId, defined }: DaemonIndexOptions): DaemonIndex {
  return {
    ofProcess(processes) {
      for (const key of keysIn(join(runtimeDirectory, 'records'))) {
        const reading = records.read(key)
        if (reading.kind !== 'read') continue
        const { main, name } = reading.record
        const isMain = processes.some(({ pid, startTime }) => pid === main.pid && startTime === main.startTime)
        if (isMain && main.bootId === bootId()) return { key, name }
      }
      const found = defined.find(({ pidfile }) => names(pidfiles, pidfile, processes))
      return found === undefined ? undefined : { key: found.key, name: found.name }
    },
  }
}

function names(pidfiles: PidfileStore, path: string, processes: readonly Pick<ProcessFacts, 'pid'>[]): boolean {
  const reading = pidfiles.read(path)
  if (reading.kind !== 'read' || reading.content.kind !== 'pid') return false
  const named = reading.content.pid
  return processes.some(({ pid }) => pid === named)
}

function keysIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  } catch {
    return []
  }
}

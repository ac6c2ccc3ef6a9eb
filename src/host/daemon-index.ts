import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordStore } from './host.ts'
import type { DaemonIndex } from './pattern-host.ts'

/** RUNTIME/records/*.json, looked through. */
export function daemonIndex(runtimeDirectory: string, records: RecordStore, bootId: () => string): DaemonIndex {
  return {
    ofProcess(processes) {
      for (const key of keysIn(join(runtimeDirectory, 'records'))) {
        const reading = records.read(key)
        if (reading.kind !== 'read') continue
        const { main, name } = reading.record
        const isMain = processes.some(({ pid, startTime }) => pid === main.pid && startTime === main.startTime)
        if (isMain && main.bootId === bootId()) return { key, name }
      }
      return undefined
    },
  }
}

function keysIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  } catch {
    return []
  }
}

import type { ProcessTable } from './host.ts'
import type { Sender } from './notify-socket.ts'
import type { Speaker } from './notify.ts'

/** A helper that only says READY=1 may have ended before we read it: then its user tells whether it is believed. */
export const isBelieved = (table: ProcessTable, { uid, pid }: Speaker, sender: Sender): boolean =>
  sender.uid === uid || sender.uid === 0 || isOfFamily(table, sender.pid, pid)

function isOfFamily(table: ProcessTable, pid: number, ancestor: number | undefined): boolean {
  const seen = new Set<number>()
  for (let at = pid; at > 1 && !seen.has(at);) {
    if (at === ancestor) return true
    seen.add(at)
    const reading = table.read(at)
    if (reading.kind !== 'seen') return false
    if (reading.process.session === ancestor) return true
    at = reading.process.parent
  }
  return false
}

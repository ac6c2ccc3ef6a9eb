import type { ProcessTable } from './host.ts'
import { isBelieved } from './notify-senders.ts'
import { openEar, placeOfEar } from './notify-socket.ts'
import type { NotifyEars } from './watch-host.ts'

/** RUNTIME/notify/KEY.sock: where a daemon finds whoever watches it, one watcher after the other. */
export const notifyEars = (directory: string, table: ProcessTable): NotifyEars => ({
  open: (key, speaker, heard) =>
    openEar(placeOfEar(directory, key), (sender) => isBelieved(table, speaker, sender), heard),
})

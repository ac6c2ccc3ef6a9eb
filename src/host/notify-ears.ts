import { readFileSync } from 'node:fs'
import { ok } from '../base/result.ts'
import type { Notification } from '../decide/watch/notification.ts'
import type { ProcessTable } from './host.ts'
import { isBelieved } from './notify-senders.ts'
import { openEar, placeOfEar, type Ear, type Sender } from './notify-socket.ts'
import type { NotifyEars, Speaker } from './notify.ts'

interface Listener {
  readonly speaker: Speaker
  readonly heard: (said: Notification) => void
}

interface Shared {
  readonly ear: Ear
  readonly listeners: Set<Listener>
}

/**
 * RUNTIME/notify/KEY.sock: where a daemon finds whoever watches it, one watcher after the other. A verb that the
 * watcher performs listens beside it.
 */
export function notifyEars(directory: string, table: ProcessTable): NotifyEars {
  const shared = new Map<string, Shared>()
  const here = (key: string): Shared | undefined => {
    const one = shared.get(key)
    return one?.ear.isInPlace() === true ? one : undefined
  }
  const believes = ({ speaker }: Listener, sender: Sender): boolean => isBelieved(table, speaker, sender)
  return {
    open(key, speaker, heard) {
      const listener: Listener = { speaker, heard }
      let one = here(key)
      if (one === undefined) {
        const listeners = new Set<Listener>()
        const ear = openEar(
          placeOfEar(directory, key),
          (sender) => [...listeners].some((each) => believes(each, sender)),
          (said, sender) => {
            for (const each of listeners) if (believes(each, sender)) each.heard(said)
          },
        )
        if (!ear.ok) return ear
        one = { ear: ear.value, listeners }
        shared.set(key, one)
      }
      const { ear, listeners } = one
      listeners.add(listener)
      return ok({
        listen: () => ear.listen(),
        close() {
          listeners.delete(listener)
          if (listeners.size > 0) return
          ear.close()
          if (shared.get(key)?.ear === ear) shared.delete(key)
        },
      })
    },
    isTaken: (key) => here(key) === undefined && isBound(placeOfEar(directory, key)),
  }
}

/** Some process has a socket there: a file alone may be left of one that was killed. proc(5), /proc/net/unix */
function isBound(path: string): boolean {
  try {
    return readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .some((line) => line.endsWith(` ${path}`))
  } catch {
    return false
  }
}

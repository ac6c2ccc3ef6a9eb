import { readFileSync } from 'node:fs'
import type { Milliseconds } from '../base/duration.ts'
import type { Native } from './native.ts'
import { processState } from './process-table.ts'

/** Node takes its own children at once: what is a zombie for longer is nobody's. */
const LOOK_AFTER: Milliseconds = 500

/**
 * Makes us the parent of every orphan that our children leave (PR_SET_CHILD_SUBREAPER, prctl(2)), so that the kernel
 * tells how a daemon that forked away has ended; and buries those that die. False: the kernel cannot.
 */
export function adoptOrphans(native: Native): { close(): void } | undefined {
  if (!native.becomeSubreaper()) return undefined
  let timer: NodeJS.Timeout | undefined
  let before = new Set<number>()
  const look = (): void => {
    timer = undefined
    const zombies = ownZombies()
    for (const pid of zombies) if (before.has(pid)) native.reap(pid)
    before = new Set(zombies)
    if (zombies.length > 0) arm()
  }
  const arm = (): void => {
    timer ??= setTimeout(look, LOOK_AFTER).unref()
  }
  process.on('SIGCHLD', arm)
  arm()
  return {
    close() {
      process.off('SIGCHLD', arm)
      clearTimeout(timer)
    },
  }
}

/** proc_pid_task(5), children: of the main thread, which makes all of ours. */
function ownZombies(): readonly number[] {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').split(' ')
    return children.flatMap((text) => {
      const pid = Number(text)
      return pid > 0 && processState(pid) === 'Z' ? [pid] : []
    })
  } catch {
    return []
  }
}

import type { Request } from '../decide/plan/plan.ts'
import type { Subject } from '../operations/run.ts'
import type { Surroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Whoever starts a daemon that is to come back after a crash, and has nobody who would see to that, is told so: once,
 * and only where a person reads it.
 */
export function tellUnwatched(
  { host, directories }: Surroundings,
  terminal: Terminal,
  { verb }: Request,
  subjects: readonly Subject[],
): void {
  if (verb !== 'start' || !terminal.isForPeople) return
  if (subjects.every(({ definition }) => definition.respawn.policy === 'never')) return
  const told = `${directories.state}/told-unwatched`
  if (host.files.exists(told) || !host.files.touch(told).ok) return
  terminal.line(
    terminal.theme.quiet('nobody starts it again should it die: "daemonctl watch --detach" does (this is told once)'),
  )
}

import type { Milliseconds } from '../base/duration.ts'
import { isWatcherThere } from '../host/control-place.ts'
import type { ControlClient } from '../watch/control-client.ts'
import type { Surroundings } from './surroundings.ts'

/** Undefined: there is no watcher, or none that answers in time. Where there is none, that costs one look. */
export async function connectToWatcher(
  { control, directories, host }: Surroundings,
  within?: Milliseconds,
): Promise<ControlClient | undefined> {
  if (!isWatcherThere(directories.runtime, host.processes.self().uid)) return undefined
  const { ControlClient } = await import('../watch/control-client.ts')
  return ControlClient.connect(control, host.clock, within)
}

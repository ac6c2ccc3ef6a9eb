import { isWatcherThere } from '../host/control-place.ts'
import type { ControlClient } from '../watch/control-client.ts'
import type { Surroundings } from './surroundings.ts'

/** Undefined: there is no watcher, or none that answers. Where there is none, that costs one look. */
export async function connectToWatcher({
  control,
  directories,
  host,
}: Surroundings): Promise<ControlClient | undefined> {
  if (!isWatcherThere(directories.runtime, host.processes.self().uid)) return undefined
  const { ControlClient } = await import('../watch/control-client.ts')
  return ControlClient.connect(control, host.clock)
}

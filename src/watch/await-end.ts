import { isAlive, type Identity } from '../decide/identity.ts'
import type { Exit, Host } from '../host/host.ts'

/**
 * Resolves when the process has ended; with undefined when aborted. Where the kernel tells nothing of the process
 * itself, it tells when the cgroup of its daemon has fallen empty, and it need not be asked for until then.
 */
export function awaitEnd(
  host: Host,
  main: Identity,
  cgroup: string | undefined,
  signal: AbortSignal,
): Promise<Exit | undefined> {
  const ended = host.signaller.ended(main, signal)
  if (cgroup === undefined || host.signaller.notices(main) === 'told') return ended
  const emptied = host.cgroups.emptied(cgroup, signal).then(() => {
    const reading = host.processes.read(main.pid, main.startTime)
    const lives = reading.kind === 'seen' && isAlive(main, reading.process, host.processes.bootId())
    // It may have been started elsewhere, by somebody else.
    return lives || signal.aborted ? ended : ({ kind: 'unseen' } as const)
  })
  return Promise.race([ended, emptied])
}

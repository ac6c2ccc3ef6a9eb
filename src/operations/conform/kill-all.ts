import type { Milliseconds } from '../../base/duration.ts'
import { identityOf } from '../../decide/identity.ts'
import type { Host } from '../../host/host.ts'
import type { Eye } from './eye.ts'

const DIES_WITHIN: Milliseconds = 5_000
const LOOKS_EVERY: Milliseconds = 20

/** Kills what is left of the daemon that was started here. Undefined: nothing is left; otherwise who. */
export async function killAll(host: Host, eye: Eye): Promise<string | undefined> {
  const bootId = host.processes.bootId()
  const deadline = host.clock.monotonic() + DIES_WITHIN
  const killed = new Set<number>()
  for (;;) {
    const { members } = await eye.look()
    if (members.length === 0) break
    if (host.clock.monotonic() > deadline) {
      return `cannot be killed: ${members.map(({ pid, name }) => `PID ${pid} (${name})`).join(', ')}`
    }
    for (const member of members) {
      host.signaller.send(identityOf(member, bootId), 'KILL')
      killed.add(member.pid)
    }
    await host.clock.sleep(LOOKS_EVERY)
  }
  // To kill -0 in a script a zombie is alive: an init gets its time to bury it.
  const isThere = (pid: number): boolean => host.processes.read(pid).kind !== 'none'
  while ([...killed].some(isThere) && host.clock.monotonic() < deadline) await host.clock.sleep(LOOKS_EVERY)
  return undefined
}

import { isDead } from '../../decide/identity.ts'
import { relativesOutside } from '../../decide/membership.ts'
import type { Run } from '../run.ts'

/** A daemon that forks faster than that is known by session, parents and token, as where there are no cgroups. */
const MOST_ROUNDS = 16

/**
 * Puts a daemon whose program is executed already, and whatever it has made until then, into its cgroup. It does not
 * wait for that at its gate, because the kernel takes 10 to 15 ms for it. Only when nothing of it is left outside does
 * the cgroup go on record: until then, and if that never comes about, its processes are known by other signs.
 */
export async function enclose(run: Run): Promise<void> {
  const { host, subject, main, launched } = run
  if (main === undefined || launched === undefined || launched.gated.cgroup !== undefined) return
  if (subject.definition.type !== 'simple') return
  const path = host.cgroups.make(subject.key)
  if (path === undefined || !(await host.cgroups.join(path, main.pid))) return
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const inside = host.cgroups.members(path)
    if (inside?.includes(main.pid) !== true) return
    const living = (await host.processes.madeSince(main.pid)).filter((process) => !isDead(process))
    const outside = relativesOutside(living, { main: main.pid, inside }, (process) => {
      const reading = process.token()
      return reading.kind === 'token' && reading.token === run.record?.token
    })
    if (outside.length === 0) {
      if (run.record !== undefined) run.record = { ...run.record, cgroup: path }
      return
    }
    await Promise.all(outside.map(({ pid }) => host.cgroups.join(path, pid)))
  }
}

import type { Host, ProcessTable, TokenReading } from '../host/host.ts'

/**
 * The host for a look at many daemons: all processes are listed once, and each is asked for its token once. What it
 * shows is as old as the look, so nothing may be signalled by it.
 */
export function oneLook(host: Host): Host {
  const { processes } = host
  let listed: ReturnType<ProcessTable['list']> | undefined
  const tokens = new Map<number, TokenReading>()
  return {
    ...host,
    processes: {
      ...processes,
      list: () => (listed ??= processes.list()),
      token(pid) {
        const known = tokens.get(pid)
        if (known !== undefined) return known
        const reading = processes.token(pid)
        tokens.set(pid, reading)
        return reading
      },
    },
  }
}

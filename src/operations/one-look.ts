import type { Milliseconds } from '../base/duration.ts'
import type { ProcessFacts } from '../decide/process-facts.ts'
import type { Host, ProcessTable, TokenReading } from '../host/host.ts'

/** The tokens of processes, by PID: for one look after the other. */
export type KnownTokens = Map<number, { readonly startTime: number; readonly reading: TokenReading }>

/** Until it executes its program, a process has the environment of its parent: only later what it shows is its own. */
const SETTLED: Milliseconds = 2_000

/**
 * The host for a look at many daemons: all processes are listed once, and each is asked for its token once. What it
 * shows is as old as the look, so nothing may be signalled by it. `known`: what the looks before have learned; `all`:
 * the processes, where they are at hand.
 */
export function oneLook(host: Host, known: KnownTokens = new Map(), all?: readonly ProcessFacts[]): Host {
  const { processes } = host
  let listed: ReturnType<ProcessTable['list']> | undefined
  const tokens = new Map<number, TokenReading>()
  const settled = new Map<number, number>()
  const list = async (): ReturnType<ProcessTable['list']> => {
    const found = all ?? (await processes.list())
    const now = host.clock.now()
    for (const { pid, startTime, startedAt } of found) if (now - startedAt > SETTLED) settled.set(pid, startTime)
    for (const [pid, { startTime, reading }] of known) {
      if (settled.get(pid) === startTime) tokens.set(pid, reading)
      else known.delete(pid)
    }
    return found
  }
  return {
    ...host,
    processes: {
      ...processes,
      list: () => (listed ??= list()),
      token(pid) {
        const before = tokens.get(pid)
        if (before !== undefined) return before
        const reading = processes.token(pid)
        tokens.set(pid, reading)
        const startTime = settled.get(pid)
        if (startTime !== undefined) known.set(pid, { startTime, reading })
        return reading
      },
    },
  }
}

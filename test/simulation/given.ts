import { definitionFromFlags } from '../../src/definition/flags.ts'
import type { Definition } from '../../src/definition/definition.ts'
import { expectedExecutable } from '../../src/definition/expected-executable.ts'
import type { RawTable } from '../../src/definition/toml.ts'
import type { Request } from '../../src/decide/plan/plan.ts'
import { act, type ActOptions, type Outcome } from '../../src/operations/act.ts'
import type { Progress, Subject } from '../../src/operations/run.ts'
import { FakeHost, type FakeHostOptions } from './fake-host.ts'
import type { World } from './world.ts'

/** A definition as a file would give it, in short times. */
export function definition(keys: RawTable = {}): Definition {
  const result = definitionFromFlags({
    name: 'app',
    values: {
      command: ['/usr/bin/appd'],
      ...keys,
      start: { timeout: '3s', ...table(keys['start']) },
      stop: { schedule: 'TERM/1/KILL/1', timeout: '2s', ...table(keys['stop']) },
    },
    context: {
      directory: '/srv',
      home: '/root',
      hostname: 'host',
      logDirectory: '/var/log/daemonctl',
      runtimeDirectory: '/run/daemonctl',
    },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

const table = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})

export function subject(keys: RawTable = {}): Subject {
  const defined = definition(keys)
  return {
    definition: defined,
    key: 'app',
    demanding: false,
    expected: () => ({
      executable: defined.executable,
      likelyExecutable: expectedExecutable(defined),
      uid: defined.user === undefined ? undefined : defined.user === 'www' ? 33 : 0,
      demanded: false,
    }),
    hash: () => JSON.stringify(defined),
  }
}

/** Remembers what was said. */
export interface Said extends Progress {
  readonly warnings: string[]
  readonly waits: { readonly what: string; readonly since: number; readonly within: number }[]
}

export function said(): Said {
  const warnings: string[] = []
  const waits: { what: string; since: number; within: number }[] = []
  return {
    warnings,
    waits,
    warn: (text) => void warnings.push(text),
    waiting: (what, since, within) => void waits.push({ what, since, within }),
  }
}

export interface Acted {
  readonly outcome: Outcome
  readonly host: FakeHost
  readonly said: Said
}

export interface ActingOptions extends FakeHostOptions, Partial<ActOptions> {}

/** One daemonctl process does one verb; others may be at work meanwhile. */
export function begin(
  world: World,
  daemon: Subject,
  request: Request | Exclude<Request['verb'], 'signal' | 'respawn' | 'end'>,
  { lockWithin = 60_000, rollback = false, ...options }: ActingOptions = {},
): { readonly host: FakeHost; readonly said: Said; readonly outcome: Promise<Outcome | 'killed'> } {
  const host = new FakeHost(world, options)
  const progress = said()
  const asked = typeof request === 'string' ? { verb: request } : request
  const acting = act(host, daemon, asked, progress, { lockWithin, rollback })
  const outcome = Promise.race([host.killed, acting]).catch((error: unknown) => {
    if (host.dead) return 'killed' as const
    throw error
  })
  return { host, said: progress, outcome: outcome.finally(() => host.exit()) }
}

/** One verb from its beginning to its end. */
export async function run(
  world: World,
  daemon: Subject,
  request: Parameters<typeof begin>[2],
  options: ActingOptions = {},
): Promise<Acted> {
  const begun = begin(world, daemon, request, options)
  const outcome = await world.until(begun.outcome)
  if (outcome === 'killed') throw new Error('daemonctl was killed')
  return { outcome, host: begun.host, said: begun.said }
}
